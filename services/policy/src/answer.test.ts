import type { Delivery } from "@holdfast/bus";
import { nextOf } from "@holdfast/proposals";
import type { Allowed, Approved, Execution } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { describe, expect, test } from "vitest";
import { answerOf, broughtByTriage } from "./answer.ts";
import { ACTION_MS_MAX } from "./judge.ts";
import { delivered, draftOf, knowing, NOW, plannedOf, terms } from "./testing.ts";

const shipped = terms();
const nothing = knowing();
const evidence = (
  ...ages: readonly number[]
): { readonly evidence: ReturnType<typeof draftOf>["event"]["evidence"] } => ({
  evidence: ages.map((age, at) => ({
    ...(sample("proposals.drafted", "rollback").evidence[0] ?? fail()),
    id: `e${at}`,
    readAt: NOW - age * 1000,
  })),
});

function fail(): never {
  throw new Error("the test is not set up as it thinks");
}

/** The rules that deny, or "allowed". */
function says(
  knowledge = nothing,
  draft = draftOf(evidence(0)),
  planned = plannedOf(),
  at = NOW,
  by = shipped,
): readonly string[] | "allowed" {
  const answer = answerOf(by, knowledge, draft, planned, at);
  return answer.topic === "proposals.allowed" ? "allowed" : answer.event.rulings.map(({ rule }) => rule);
}

test("what nothing denies is offered, at its tier and with what an approver types", () => {
  const answer = answerOf(shipped, nothing, draftOf(evidence(0)), plannedOf(), NOW);
  expect(answer).toMatchObject({
    topic: "proposals.allowed",
    event: { tier: "typed", quorum: 1, roles: ["oncall"], confirmText: "payments/api", lastMoment: NOW + 30 * 60_000 },
  });
});

test("a draft that takes an id which is not its own is denied under another, and that id stays free", () => {
  const { event } = draftOf(evidence(0));
  const taken = nextOf(sample("proposals.allowed", "rollback"), "a request");
  for (const changed of [{ id: taken, proposal: taken }, { proposal: "7QX4-M2" }]) {
    const brought = broughtByTriage(delivered("proposals.drafted", { ...event, ...changed }));
    const answer = answerOf(shipped, nothing, brought, plannedOf(), NOW);
    expect(answer).toMatchObject({ topic: "proposals.denied", event: { rulings: [{ rule: "misnamed", hard: true }] } });
    expect([changed.proposal, event.proposal]).not.toContain(answer.event.proposal);
  }
  expect(broughtByTriage(delivered("proposals.drafted", event))).toMatchObject({ event, from: "triage" });
});

test("a pod is decided within fifteen minutes, and anything wider within thirty", () => {
  const pod = plannedOf({ action: "delete_pod", scope: "pod", subject: "sandbox/payments/Deployment/api" });
  expect(answerOf(shipped, nothing, draftOf(evidence(0)), pod, NOW)).toMatchObject({
    event: { tier: "one_ack", approveBy: NOW + 15 * 60_000, lastMoment: NOW + 15 * 60_000 },
  });
});

test("a denial tells every rule that denies, those of the guard and those of the state of things", () => {
  const closed = delivered("incidents", sample("incidents", "closed"));
  expect(says(knowing(closed), draftOf({ evidence: [] }))).toEqual(["deny-stale-evidence", "incident-closed"]);
});

describe("the evidence", () => {
  test("may be as old as the limit and no older, and the oldest piece counts", () => {
    expect(says(nothing, draftOf(evidence(300)))).toBe("allowed");
    expect(says(nothing, draftOf(evidence(301)))).toEqual(["deny-stale-evidence"]);
    expect(says(nothing, draftOf(evidence(0, 301, 5)))).toEqual(["deny-stale-evidence"]);
  });
  test("may be as much as a record holds", () => {
    const [one] = evidence(0).evidence;
    expect(says(nothing, draftOf({ evidence: Array.from({ length: 150_000 }, () => one ?? fail()) }))).toBe("allowed");
  });
  test("must be there", () => expect(says(nothing, draftOf({ evidence: [] }))).toEqual(["deny-stale-evidence"]));
});

describe("one at a time per subject", () => {
  const other = (changed: Partial<Allowed> = {}): Delivery<"proposals.allowed"> =>
    delivered(
      "proposals.allowed",
      sample("proposals.allowed", "rollback", { id: "other/allowed", proposal: "other", ...changed }),
    );
  const approved = (changed: Partial<Approved> = {}): Delivery<"proposals.approved"> =>
    delivered(
      "proposals.approved",
      sample("proposals.approved", "by-one-person", { proposal: "other", executeBy: NOW + 1, ...changed }),
    );
  const run = (state: Execution["state"]): Delivery<"executions"> =>
    delivered("executions", sample("executions", "succeeded", { id: state, proposal: "other", state, at: NOW }));

  test("a later draft is denied while the first is open, approved or started, and the first is named", () => {
    const answer = answerOf(shipped, knowing(other()), draftOf(evidence(0)), plannedOf(), NOW);
    expect(answer).toMatchObject({
      topic: "proposals.denied",
      event: {
        rulings: [
          {
            rule: "one-at-a-time",
            reason: expect.stringMatching(/The proposal [0-9A-Z]{4}-[0-9A-Z]{2} \(other\) is under way/),
            hard: false,
          },
        ],
      },
    });
    expect(says(knowing(other(), approved()))).toEqual(["one-at-a-time"]);
    expect(says(knowing(other(), approved(), run("started")))).toEqual(["one-at-a-time"]);
  });
  test("a finished one holds nothing", () => {
    for (const state of ["succeeded", "failed", "refused", "unknown"] as const)
      expect(says(knowing(other(), approved(), run(state)))).toBe("allowed");
    expect(
      says(
        knowing(
          other(),
          delivered("proposals.rejected", sample("proposals.rejected", "expired", { proposal: "other" })),
        ),
      ),
    ).toBe("allowed");
  });
  test("one of another subject holds nothing", () => {
    const plan = { ...sample("proposals.allowed", "rollback").plan, subject: "sandbox/payments/Deployment/web" };
    expect(says(knowing(other({ plan })))).toBe("allowed");
  });
});

describe("six actions on one subject in an hour", () => {
  const started =
    (age: number, subject = "sandbox/payments/Deployment/api") =>
    (at: number) => {
      const proposal = `p${at}`;
      const plan = { ...sample("proposals.allowed", "rollback").plan, subject };
      return [
        delivered("proposals.allowed", sample("proposals.allowed", "rollback", { proposal, plan })),
        delivered("executions", sample("executions", "started", { proposal, at: NOW - age })),
        delivered("executions", sample("executions", "succeeded", { proposal, at: NOW - age })),
      ] as const;
    };
  const six = Array.from({ length: 6 }, (_, at) => at);
  test("are all that there may be", () => {
    expect(says(knowing(...six.slice(1).flatMap(started(60_000))))).toBe("allowed");
    expect(says(knowing(...six.flatMap(started(60_000))))).toEqual(["deny-over-budget"]);
  });
  test("that were refused before they began count nothing", () => {
    const refused = six.flatMap((at) => [
      delivered("proposals.allowed", sample("proposals.allowed", "rollback", { proposal: `p${at}` })),
      delivered(
        "executions",
        sample("executions", "succeeded", { proposal: `p${at}`, state: "refused", at: NOW - 60_000 }),
      ),
    ]);
    expect(says(knowing(...refused))).toBe("allowed");
  });
  test("that were an hour ago, or on another subject, count no more", () => {
    expect(says(knowing(...six.flatMap(started(3_600_000))))).toBe("allowed");
    expect(says(knowing(...six.flatMap(started(60_000, "sandbox/payments/Deployment/web"))))).toBe("allowed");
  });
});

describe("a plan is denied", () => {
  test("where nothing undoes it", () =>
    expect(says(nothing, draftOf(evidence(0)), plannedOf({}, false))).toEqual(["deny-no-back-out"]));
  test("where triage says that a person asked for it, which only a person's own request says", () => {
    for (const claim of [{ by: "person" }, { replanOf: "another" }, { backOutOf: "another" }] as const)
      expect(says(nothing, draftOf({ ...evidence(0), ...claim }))).toEqual(["claims-a-person"]);
  });
  test("where its incident is over", () => {
    const closed = delivered("incidents", sample("incidents", "closed"));
    expect(says(knowing(closed))).toEqual(["incident-closed"]);
    expect(says(knowing(delivered("incidents", sample("incidents", "opened"))))).toBe("allowed");
    const undoing = { ...draftOf({ ...evidence(0), by: "person", backOutOf: "another" }), from: "person" } as const;
    expect(answerOf(shipped, knowing(closed), undoing, plannedOf(), NOW).topic).toBe("proposals.allowed");
  });
  test("where somebody else owns the object", () => {
    const owner = { name: "Argo CD, Application shop", says: "reverts it at its next sync" };
    expect(says(nothing, draftOf(evidence(0)), plannedOf({ owner }))).toEqual(["owned-by-gitops"]);
  });
  test("in a freeze", () => {
    const windows =
      "windows: []\nfreezes:\n- name: year-end\n  selector: { env: dev }\n  absolute: [{ from: 2026-11-22T00:00:00Z, to: 2026-11-23T00:00:00Z }]\n";
    expect(says(nothing, draftOf(evidence(0)), plannedOf(), NOW, terms({ windows }))).toEqual(["deny-during-freeze"]);
  });
  test("whose environment the inventory calls stricter than the plan does", () => {
    expect(says(nothing, draftOf(evidence(0)), plannedOf(), NOW, terms({ inventory: "clusters: {}\n" }))).toEqual([
      "guard-environment",
    ]);
  });
});

describe("what is allowed inside a window alone", () => {
  const target = { cluster: "sandbox", namespace: null, kind: "Node", name: "node-1", uid: "u" };
  const node = plannedOf({ action: "cordon_node", scope: "cluster", target });
  const until = (to: string): ReturnType<typeof terms> =>
    terms({
      windows: `windows:\n- name: night\n  selector: { cluster: sandbox }\n  absolute: [{ from: 2026-11-22T01:00:00Z, to: ${to} }]\nfreezes: []\n`,
    });

  test("is denied outside it", () =>
    expect(says(nothing, draftOf(evidence(0)), node)).toEqual(["deny-wide-outside-window"]));
  test("must be open for as long as the change may take", () => {
    expect(says(nothing, draftOf(evidence(0)), node, NOW, until("2026-11-22T02:53:00Z"))).toBe("allowed");
    expect(says(nothing, draftOf(evidence(0)), node, NOW, until("2026-11-22T02:52:00Z"))).toEqual([
      "deny-wide-outside-window",
    ]);
  });
  test("must be decided before its end, by two people who type the cluster's name", () => {
    const end = "2026-11-22T03:00:00Z";
    const answer = answerOf(until(end), nothing, draftOf(evidence(0)), node, NOW);
    expect(answer).toMatchObject({
      topic: "proposals.allowed",
      event: {
        tier: "two_people",
        quorum: 2,
        confirmText: "sandbox",
        lastMoment: Date.parse(end) - 65_000,
        approveBy: NOW + 30 * 60_000,
      },
    });
  });
  test("is decided by a moment at which the window would still outlast the change by every clock, and by no later one", () => {
    const { judges } = until("2026-11-22T03:00:00Z");
    const answer = answerOf(until("2026-11-22T03:00:00Z"), nothing, draftOf(evidence(0)), node, NOW);
    const from = answer.topic === "proposals.allowed" ? answer.event.lastMoment : fail();
    const place = { env: "dev", cluster: "sandbox" } as const;
    const opens = (at: number): boolean => judges.windows.inMaintenance({ ...place, from: at, to: at + ACTION_MS_MAX });
    expect([opens(from - 1), opens(from)]).toEqual([true, false]);
  });
});

describe("in mode observe", () => {
  const observe = { ...shipped, mode: "observe" } as const;
  test("what would have been allowed is denied with that answer, and offered to nobody", () => {
    const answer = answerOf(observe, nothing, draftOf(evidence(0)), plannedOf(), NOW);
    expect(answer).toMatchObject({
      topic: "proposals.denied",
      decision: { verdict: "observed" },
      event: {
        rulings: [{ rule: "observing", hard: true }],
        wouldHaveBeen: expect.stringMatching(/^would have been allowed, tier typed/),
      },
    });
  });
  test("what would have been denied is denied with the rules that do", () => {
    expect(says(nothing, draftOf({ evidence: [] }), plannedOf(), NOW, observe)).toEqual([
      "observing",
      "deny-stale-evidence",
    ]);
  });
});
