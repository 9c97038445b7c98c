import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogue } from "@holdfast/actions";
import type { Bus, Delivery } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openCluster } from "@holdfast/cluster";
import { loadGuard } from "@holdfast/guard";
import { openProposals, PROPOSAL_TOPICS, stateOf, type Proposals } from "@holdfast/proposals";
import { openSandbox, type Sandbox } from "@holdfast/sandbox";
import { encode, stepId, VALUE_BYTES_MAX, type DeadLetter, type Drafted } from "@holdfast/schemas";
import { sample, testCodec } from "@holdfast/schemas/testing";
import { startPolicy } from "./app.ts";
import type { Policy } from "./policy.ts";
import { draft, fail, request, rollback, vote } from "./testing-drafts.ts";
import { noTelemetry } from "./users.ts";

const loaded = loadGuard(new URL("../../../config", import.meta.url).pathname);
const opened: AsyncDisposableStack[] = [];
afterAll(async () => {
  for (const stack of opened.splice(0)) await stack.disposeAsync();
});

type Scene = {
  readonly sandbox: Sandbox;
  readonly bus: Bus;
  readonly policy: Policy;
  readonly seen: Proposals;
  readonly start: () => Promise<AsyncDisposableStack>;
};

async function scene(changed: Partial<Policy> = {}): Promise<Scene> {
  const stack = new AsyncDisposableStack();
  opened.push(stack);
  const folder = mkdtempSync(join(tmpdir(), "policy-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const sandbox = stack.use(await openSandbox());
  const codec = testCodec();
  const bus = stack.use(await openEmbedded({ file: join(folder, "bus.sqlite"), codec, service: "policy" }));
  const cluster = stack.use(
    openCluster({
      access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens.policy },
      service: "policy",
      version: "test",
      timeoutMs: 5_000,
    }),
  );
  const seen = openProposals();
  const policy: Policy = {
    mode: "act",
    bus,
    codec,
    planner: {
      cluster: "sandbox",
      catalogue,
      reader: cluster.reader,
      dryRunner: cluster.dryRunner,
      users: noTelemetry,
      environmentOf: loaded.inventory.environmentOf,
      requestBytesMax: loaded.limits.requestBytesMax,
      now: () => new Date(),
    },
    judges: { guard: loaded.guard, windows: loaded.windows },
    limits: loaded.limits,
    settleMs: 3_000,
    decided: () => undefined,
    ignored: () => undefined,
    delayed: () => undefined,
    recorded: () => undefined,
    ...changed,
  };
  stack.use(bus.view(PROPOSAL_TOPICS, seen.fold));
  const start = async (): Promise<AsyncDisposableStack> => {
    const running = new AsyncDisposableStack();
    await startPolicy(policy, running);
    stack.use(running);
    return running;
  };
  return { sandbox, bus, policy, seen, start };
}

async function answerTo(
  { bus, seen }: Scene,
  drafted: Drafted,
): Promise<{ readonly allowed: Delivery<"proposals.allowed"> | undefined; readonly rules: readonly string[] }> {
  await bus.publish("proposals.drafted", drafted.incident, drafted);
  await expect
    .poll(() => (seen.get(drafted.proposal)?.allowed ?? seen.get(drafted.proposal)?.denied) !== undefined, {
      timeout: 10_000,
    })
    .toBe(true);
  const proposal = seen.get(drafted.proposal);
  return { allowed: proposal?.allowed, rules: (proposal?.denied?.event.rulings ?? []).map(({ rule }) => rule) };
}

async function broken(changed: Partial<Policy> = {}): Promise<Scene> {
  const set = await scene(changed);
  await set.sandbox.break("bad-rollout");
  await set.start();
  return set;
}

test("a rollback of a broken release is planned from the live object, dry-run, and offered with its undo", async () => {
  const set = await broken();
  const { allowed, rules } = await answerTo(set, rollback());
  expect(rules).toEqual([]);
  const { plan, tier, confirmText } = allowed?.event ?? fail();
  expect({ tier, confirmText, environment: plan.environment, scope: plan.scope, dryRun: plan.dryRun }).toEqual({
    tier: "typed",
    confirmText: "shop/web",
    environment: "dev",
    scope: "workload",
    dryRun: "passed",
  });
  expect(plan.backOut.kind).toBe("command");
  expect(set.sandbox.writes()).toEqual([]);
});

describe("a draft is denied, with the rule that did", () => {
  let calm: Scene;
  beforeAll(async () => {
    calm = await scene();
    await calm.start();
  });
  test.each([
    ["what is cluster-wide in prod", draft("cordon_node", { node: "node-3" }), "deny-prod-cluster"],
    ["an action that does not exist", draft("delete_namespace", { namespace: "shop" }), "unknown-action"],
    [
      "arguments that are no names",
      draft("rollback_deployment", { namespace: "shop", deployment: "web/../../secrets" }),
      "arguments-invalid",
    ],
    [
      "an argument that stands there twice",
      draft(
        "rollback_deployment",
        {},
        {
          arguments: [
            { name: "namespace", value: "shop" },
            { name: "namespace", value: "prod-shop" },
          ],
        },
      ),
      "arguments-invalid",
    ],
    ["a target that is not there", draft("delete_pod", { namespace: "shop", pod: "nothing" }), "object-not-found"],
    [
      "a target that policy may not read",
      draft("rollback_deployment", { namespace: "shop", deployment: "nothing" }),
      "not-permitted",
    ],
    [
      "evidence that is too old",
      rollback({ evidence: sample("proposals.drafted", "rollback").evidence }),
      "deny-stale-evidence",
    ],
    ["no evidence at all", rollback({ evidence: [] }), "deny-stale-evidence"],
  ] as const)("%s", async (_, drafted, rule) => {
    const { allowed, rules } = await answerTo(calm, drafted);
    expect(allowed).toBeUndefined();
    expect(rules).toContain(rule);
  });

  test("a second one on the same subject, naming the first", async () => {
    const set = await broken();
    const first = rollback();
    await answerTo(set, first);
    const restart = draft("restart_deployment", { namespace: "shop", deployment: "web" });
    expect((await answerTo(set, restart)).rules).toEqual(["one-at-a-time"]);
    expect(set.seen.get(restart.proposal)?.denied?.event.rulings[0]?.reason).toContain(first.proposal);
  });

  test("all but one of ten that come together", async () => {
    const set = await broken();
    const all = Array.from({ length: 10 }, () => rollback());
    const answers = await Promise.all(all.map((each) => answerTo(set, each)));
    expect(answers.filter(({ allowed }) => allowed !== undefined)).toHaveLength(1);
  });

  test("one whose incident is over", async () => {
    const set = await broken();
    const drafted = rollback();
    await set.bus.publish(
      "incidents",
      drafted.incident,
      sample("incidents", "closed", { id: stepId(drafted.incident, "closed"), incident: drafted.incident }),
    );
    expect((await answerTo(set, drafted)).rules).toEqual(["incident-closed"]);
  });
});

test("a draft whose answer no record holds is denied without its plan, or let go, and its incident goes on", async () => {
  const ignored: string[] = [];
  const set = await broken({ ignored: (id) => ignored.push(id) });
  const words = (left: number): string =>
    "x".repeat(VALUE_BYTES_MAX - encode("proposals.drafted", rollback({ words: "" })).length - left);
  const large = rollback({ words: words(2_000) });
  expect((await answerTo(set, large)).rules).toEqual(["record-too-large"]);
  const larger = rollback({ incident: large.incident, words: words(100) });
  await set.bus.publish("proposals.drafted", larger.incident, larger);
  expect((await answerTo(set, rollback({ incident: large.incident }))).rules).toEqual([]);
  expect(ignored).toEqual([larger.id]);
});

test("what cannot be published for one proposal keeps no other waiting", async () => {
  const set = await scene();
  await set.sandbox.break("bad-rollout");
  let ahead = 0;
  const [first, second] = [rollback(), draft("restart_deployment", { namespace: "payments", deployment: "api" })];
  const publish: Bus["publish"] = (topic, key, event) =>
    topic === "approvals" && key === first.incident
      ? Promise.reject(new Error("no"))
      : set.bus.publish(topic, key, event);
  const planner = { ...set.policy.planner, now: () => new Date(Date.now() + ahead) };
  const running = new AsyncDisposableStack();
  opened.push(running);
  await startPolicy({ ...set.policy, planner, bus: { ...set.bus, publish } }, running);
  for (const each of [first, second]) expect((await answerTo(set, each)).rules).toEqual([]);
  ahead = 3_600_000;
  await expect.poll(() => set.seen.get(second.proposal)?.rejected?.event.by, { timeout: 10_000 }).toBe("closing");
  expect(set.seen.get(first.proposal)?.rejected).toBeUndefined();
});

describe("the verdict", () => {
  const verdict = async ({ seen, policy }: Scene, proposal: string): Promise<string> => {
    const known = (): string => stateOf(policy.codec.open, seen.get(proposal) ?? fail(), Date.now(), 3_000);
    await expect
      .poll(() => seen.get(proposal)?.approved !== undefined || seen.get(proposal)?.rejected !== undefined, {
        timeout: 10_000,
      })
      .toBe(true);
    return known();
  };

  test("twenty-five votes at once make one approval, sealed with the vote that decided", async () => {
    const set = await broken();
    const { allowed = fail() } = await answerTo(set, rollback());
    const people = Array.from({ length: 25 }, (_, at) => ({
      issuer: "holdfast/static",
      subject: `p${at}`,
      name: `p${at}`,
      roles: ["oncall"],
      level: 1,
    }));
    await Promise.all(people.map((person) => set.bus.publish("approvals", allowed.key, vote(allowed, { person }))));
    expect(await verdict(set, allowed.event.proposal)).toBe("approved");
    const { approved } = set.seen.get(allowed.event.proposal) ?? {};
    expect(approved?.event.votes).toHaveLength(1);
    expect(approved?.event.executeBy).toBe((approved?.event.verdictAt ?? 0) + 300_000);
  });

  test("a rejection ends it, and a later yes changes nothing", async () => {
    const set = await broken();
    const { allowed = fail() } = await answerTo(set, rollback());
    await set.bus.publish(
      "approvals",
      allowed.key,
      vote(allowed, { decision: "reject", typed: null, reason: "not now" }),
    );
    await set.bus.publish("approvals", allowed.key, vote(allowed));
    expect(await verdict(set, allowed.event.proposal)).toBe("rejected");
  });

  test("a closed incident withdraws what is open", async () => {
    const set = await broken();
    const { allowed = fail() } = await answerTo(set, rollback());
    await set.bus.publish(
      "incidents",
      allowed.key,
      sample("incidents", "closed", { id: stepId(allowed.key, "closed"), incident: allowed.key }),
    );
    expect(await verdict(set, allowed.event.proposal)).toBe("rejected");
    expect(set.seen.get(allowed.event.proposal)?.rejected?.event.by).toBe("closing");
  });

  test("silence expires, 30 s after the last moment, and is never an approval", async () => {
    let ahead = 0;
    const set = await scene();
    const policy = { ...set.policy, planner: { ...set.policy.planner, now: () => new Date(Date.now() + ahead) } };
    await set.sandbox.break("bad-rollout");
    const running = new AsyncDisposableStack();
    opened.unshift(running);
    await startPolicy(policy, running);
    const { allowed = fail() } = await answerTo(set, rollback());
    ahead = allowed.event.lastMoment - Date.now() + 31_000;
    expect(await verdict(set, allowed.event.proposal)).toBe("rejected");
    expect(set.seen.get(allowed.event.proposal)?.approvals[0]?.event.closing?.closing).toBe("expired");
  });

  test("what a crash left unpublished is published after the next start, once", async () => {
    const set = await scene();
    await set.sandbox.break("bad-rollout");
    const running = await set.start();
    const { allowed = fail() } = await answerTo(set, rollback());
    await running.disposeAsync();
    await set.bus.publish("approvals", allowed.key, vote(allowed));
    await set.start();
    expect(await verdict(set, allowed.event.proposal)).toBe("approved");
  });
});

describe("a person asks for another plan", () => {
  const newest = ({ seen }: Scene, old: string): string | undefined =>
    [...seen.all()].map(({ id }) => id).find((id) => id !== old);

  test("of what is open: the old one closes as superseded, and the same change is offered on fresh facts", async () => {
    const set = await broken();
    const { allowed = fail() } = await answerTo(set, rollback());
    await set.bus.publish("approvals", allowed.key, request(allowed, "replan"));
    await expect
      .poll(() => set.seen.get(newest(set, allowed.event.proposal) ?? "")?.allowed !== undefined, { timeout: 10_000 })
      .toBe(true);
    expect(set.seen.get(allowed.event.proposal)?.approvals.map(({ event }) => event.closing?.closing)).toContain(
      "superseded",
    );
  });

  test("to undo what was executed: offered although its incident has closed, and not withdrawn", async () => {
    const set = await broken();
    const { allowed = fail() } = await answerTo(set, rollback());
    const { proposal } = allowed.event;
    await set.bus.publish(
      "executions",
      allowed.key,
      sample("executions", "succeeded", { proposal, incident: allowed.key }),
    );
    await set.bus.publish(
      "incidents",
      allowed.key,
      sample("incidents", "closed", { id: stepId(allowed.key, "closed"), incident: allowed.key }),
    );
    await set.bus.publish("approvals", allowed.key, request(allowed, "back_out"));
    const undo = (): string => newest(set, proposal) ?? "";
    await expect
      .poll(() => set.seen.get(undo())?.allowed ?? set.seen.get(undo())?.denied, { timeout: 10_000 })
      .toBeDefined();
    // the sandbox never rolled back, so what undoes it is what is there already: the plan says so
    expect(set.seen.get(undo())?.denied?.event.rulings.map(({ rule }) => rule)).toEqual(["already-at-target"]);
  });

  test("a draft of triage that claims it is denied", async () => {
    const set = await broken();
    for (const claim of [{ by: "person" }, { replanOf: "x" }, { backOutOf: "x" }] as const)
      expect((await answerTo(set, rollback(claim))).rules).toEqual(["claims-a-person"]);
  });
});

describe("in mode observe", () => {
  test("everything is denied with the answer that it would have had, and no write is sent", async () => {
    const set = await broken({ mode: "observe" });
    const drafted = rollback();
    expect((await answerTo(set, drafted)).rules).toEqual(["observing"]);
    expect(set.seen.get(drafted.proposal)?.denied?.event.wouldHaveBeen).toMatch(/^would have been allowed, tier typed/);
    const cordon = draft("cordon_node", { node: "node-3" });
    expect((await answerTo(set, cordon)).rules).toEqual(["observing", "deny-prod-cluster", "deny-wide-outside-window"]);
  });

  test("what was open is withdrawn", async () => {
    const set = await scene();
    await set.sandbox.break("bad-rollout");
    const acting = await set.start();
    const { allowed = fail() } = await answerTo(set, rollback());
    await acting.disposeAsync();
    const observing = new AsyncDisposableStack();
    opened.unshift(observing);
    await startPolicy({ ...set.policy, mode: "observe" }, observing);
    await expect
      .poll(() => set.seen.get(allowed.event.proposal)?.rejected?.event.by, { timeout: 10_000 })
      .toBe("closing");
  });
});

test("nothing is settled of an incident that is held: a vote waits until a person has released it", async () => {
  const set = await broken();
  const allowed = (await answerTo(set, rollback())).allowed ?? fail();
  const letters: DeadLetter[] = [];
  set.bus.view(["dead-letters"], ({ event }) => void letters.push(event));
  await set.bus.again({ topic: "approvals", key: allowed.key, value: Buffer.from("unreadable"), headers: [] });
  await expect.poll(() => letters.length, { timeout: 10_000 }).toBe(1);
  await set.bus.publish("approvals", allowed.key, vote(allowed));
  await expect.poll(() => letters.length, { timeout: 10_000 }).toBe(2);
  await new Promise((done) => setTimeout(done, 2_500)); // longer than two sweeps
  expect(set.seen.get(allowed.event.proposal)?.approved).toBeUndefined();
  const { id } = letters[0] ?? fail();
  const release = sample("dead-letters", "release", { ...letters[0], kind: "release", letter: id });
  const { person, reason } = sample("dead-letters", "release");
  const decided = { ...release, id: stepId(id, "release"), value: null, headers: [], person, reason };
  await set.bus.publish("dead-letters", allowed.key, decided);
  await expect.poll(() => set.seen.get(allowed.event.proposal)?.approved, { timeout: 10_000 }).toBeDefined();
});
