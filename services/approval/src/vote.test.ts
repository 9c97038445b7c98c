import type { Delivery } from "@holdfast/bus";
import { foldVotes, personKey, type Person } from "@holdfast/guard";
import { nextOf, type Proposal } from "@holdfast/proposals";
import { digestOf, encode, envelopeOf, openCodec, type Allowed, type Approval } from "@holdfast/schemas";
import { sample, testCodec, testKeys } from "@holdfast/schemas/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterCast } from "./closed.ts";
import { allowedOf, delivered, deniedOf, loaded, MINUTES_30, people, T0 } from "./testing.ts";
import { voteOn, type Answer } from "./vote.ts";

const codec = testCodec();
const { approvers, tokens } = people();
const ana = person(tokens.ana);
const ben = person(tokens.ben);
const cid = person(tokens.cid);

function person(token: string): Person {
  const found = approvers.identify(token);
  if (found === undefined) throw new Error("nobody has this token");
  return found;
}

function proposalOf(
  changed: Partial<Allowed> = {},
  plan: Parameters<typeof allowedOf>[2] = {},
): Proposal & { allowed: Delivery<"proposals.allowed"> } {
  const { allowed } = allowedOf("one", changed, plan);
  const delivery = delivered(codec, "proposals.allowed", allowed, 0, T0);
  return { id: allowed.proposal, incident: allowed.incident, allowed: delivery, approvals: [], executions: [] };
}

function ask(proposal: Proposal, who: Person | undefined, body: unknown, now = T0): Answer {
  const find = (id: string): Proposal | undefined => (id === proposal.id ? proposal : undefined);
  return voteOn({ open: codec.open, guard: loaded.guard, find, nonce: () => "n" }, who, body, now);
}

function ballotOn({ id, allowed }: Proposal, rest: object): object {
  return { proposalId: id, digest: digestOf(allowed?.value ?? Buffer.alloc(0)), ...rest };
}

const yes = { decision: "approve", typed: "payments/api", reason: "the release is bad" };

function statusOf(answer: Answer): number {
  return answer.outcome === "refused" ? answer.status : 201;
}

/** Puts what an answer says to publish onto the record, as the bus would. */
function record(proposal: Proposal, event: Approval, time: number): void {
  proposal.approvals.push(delivered(codec, "approvals", event, proposal.approvals.length, time));
}

function closing(
  proposal: Proposal & { allowed: Delivery<"proposals.allowed"> },
  kind: "expired" | "withdrawn" | "superseded",
): Approval {
  const { value, headers, event } = proposal.allowed;
  const because = "its time is over";
  const base = {
    incident: event.incident,
    proposal: event.proposal,
    digest: digestOf(value),
    vote: null,
    request: null,
    at: T0,
  };
  return {
    ...base,
    id: `closing-${kind}`,
    kind: "closing",
    allowed: envelopeOf(value, headers) ?? null,
    closing: { closing: kind, because },
  };
}

describe("each check comes before those below it", () => {
  type Fault = {
    readonly status: number;
    readonly who?: Person;
    readonly body?: object | string;
    readonly now?: number;
  };
  const faults: readonly (readonly [string, Fault])[] = [
    ["nobody has the token", { status: 401 }],
    ["the body is no vote", { status: 400, who: cid, body: { decision: "perhaps" } }],
    ["there is no such proposal", { status: 404, body: { proposalId: "nobody" } }],
    ["the role is missing", { status: 403 }],
    ["the digest is another's", { status: 409, who: ana, body: { digest: "0".repeat(64) } }],
    ["less than five seconds are left", { status: 410, now: T0 + MINUTES_30 - 4_999 }],
    ["the typed text is wrong", { status: 422, now: T0, body: { typed: "payments/API", reason: "" } }],
    ["nothing", { status: 201 }],
  ];
  const proposal = proposalOf();

  test.each(faults.map(([name, { status }], at) => [name, status, at] as const))(
    "%s: %i, whatever else is wrong",
    (_name, status, at) => {
      const later = faults
        .slice(at)
        .toReversed()
        .map(([, fault]) => fault);
      const body = Object.assign(ballotOn(proposal, yes), ...later.map((fault) => fault.body ?? {}));
      const who = at === 0 ? undefined : at <= 3 ? cid : ana;
      const now = at <= 5 ? T0 + MINUTES_30 - 4_999 : T0;
      expect(statusOf(ask(proposal, who, body, now))).toBe(status);
    },
  );

  test("closed otherwise is told before what was typed, and expired is told apart", () => {
    for (const [kind, status] of [
      ["expired", 410],
      ["withdrawn", 409],
      ["superseded", 409],
    ] as const) {
      const closed = proposalOf();
      record(closed, closing(closed, kind), T0);
      expect(statusOf(ask(closed, ana, ballotOn(closed, { ...yes, typed: "" })))).toBe(status);
      expect(statusOf(ask(closed, ana, ballotOn(closed, { ...yes, digest: "0".repeat(64) })))).toBe(409);
    }
  });
});

test("what a newer proposal took the place of names it", () => {
  const closed = proposalOf();
  const made = closing(closed, "superseded");
  const { issuer, subject, name, roles, level } = ana;
  const person = { issuer, subject, name, roles, level };
  const request = { wants: "replan" as const, person, reason: null };
  record(closed, { ...made, id: "asked", kind: "request", closing: null, request }, T0);
  record(closed, made, T0);
  expect(ask(closed, ana, ballotOn(closed, yes))).toMatchObject({
    status: 409,
    says: expect.stringContaining(nextOf(closed.allowed.event, "asked")),
  });
});

describe("the body", () => {
  const proposal = proposalOf();
  test.each([
    ["no object", "approve"],
    ["nothing", undefined],
    ["a field that no vote has", ballotOn(proposal, { ...yes, level: 4 })],
    ["a person of its own", ballotOn(proposal, { ...yes, person: { subject: "ben" } })],
    ["a digest in capitals", ballotOn(proposal, { ...yes, digest: "A".repeat(64) })],
    ["a decision in capitals", ballotOn(proposal, { ...yes, decision: "APPROVE" })],
    ["a typed text that is no text", ballotOn(proposal, { ...yes, typed: ["payments/api"] })],
    ["a reason without end", ballotOn(proposal, { ...yes, reason: "x".repeat(2_001) })],
  ])("with %s is no vote", (_what, body) => {
    expect(statusOf(ask(proposal, ana, body))).toBe(400);
  });
});

describe("the typed text", () => {
  test.each(["", "Payments/api", "payments/api ", " payments/api", "payments/аpi", "payments/api\n"])(
    "%j is not payments/api",
    (typed) => {
      const proposal = proposalOf();
      expect(statusOf(ask(proposal, ana, ballotOn(proposal, { ...yes, typed })))).toBe(422);
    },
  );

  test("is not asked for at one acknowledgement, nor is a reason, and a rejection needs its reason alone", () => {
    const pod = proposalOf({ tier: "one_ack" }, { scope: "pod" });
    expect(statusOf(ask(pod, ana, ballotOn(pod, { decision: "approve" })))).toBe(201);
    expect(statusOf(ask(pod, ana, ballotOn(pod, { decision: "reject" })))).toBe(422);
    const workload = proposalOf();
    expect(statusOf(ask(workload, ana, ballotOn(workload, { decision: "reject", reason: "not now" })))).toBe(201);
    expect(statusOf(ask(workload, ana, ballotOn(workload, { ...yes, reason: " \n" })))).toBe(422);
  });
});

describe("who may vote", () => {
  test("somebody without one of the sealed roles is refused, for a rejection too", () => {
    const proposal = proposalOf();
    for (const body of [yes, { decision: "reject", reason: "no" }])
      expect(statusOf(ask(proposal, cid, ballotOn(proposal, body)))).toBe(403);
  });

  test("a level below the sealed one is refused, for a rejection too", () => {
    const proposal = proposalOf({ level: 3 });
    for (const body of [yes, { decision: "reject", reason: "no" }])
      expect(statusOf(ask(proposal, ana, ballotOn(proposal, body)))).toBe(403);
  });

  test("what policy sealed too weakly, the guard refuses at the door", () => {
    const proposal = proposalOf({ level: 1 }, { environment: "staging" });
    expect(ask(proposal, ana, ballotOn(proposal, yes))).toMatchObject({
      status: 403,
      says: "This tier needs a stronger proof of identity.",
    });
    expect(statusOf(ask(proposal, ana, ballotOn(proposal, { ...yes, digest: "0".repeat(64) })))).toBe(403);
    const prod = proposalOf(
      { level: 1 },
      { target: { ...proposal.allowed.event.plan.target, namespace: "prod-shop" } },
    );
    expect(ask(prod, ana, ballotOn(prod, yes))).toMatchObject({ status: 403 });
  });

  test("a denied proposal and one that policy has not answered take no vote from anybody", () => {
    const { draft, denied } = deniedOf("no");
    const drafted: Proposal = {
      id: draft.proposal,
      incident: draft.incident,
      drafted: delivered(codec, "proposals.drafted", draft, 0, T0),
      approvals: [],
      executions: [],
    };
    const refused: Proposal = { ...drafted, denied: delivered(codec, "proposals.denied", denied, 0, T0) };
    for (const proposal of [drafted, refused]) expect(statusOf(ask(proposal, ana, ballotOn(proposal, yes)))).toBe(409);
  });
});

test("what this version cannot show whole can be rejected and not approved", () => {
  const strange = [
    proposalOf({}, { before: Buffer.from("{") }),
    proposalOf({}, { target: { ...proposalOf().allowed.event.plan.target, name: "api\u202etxt" } }),
    proposalOf({ draft: encode("proposals.drafted", allowedOf("one").draft).subarray(0, 20) }),
  ];
  for (const proposal of strange) {
    expect(ask(proposal, ana, ballotOn(proposal, yes))).toMatchObject({
      status: 409,
      says: expect.stringMatching(/cannot show/),
    });
    expect(statusOf(ask(proposal, ana, ballotOn(proposal, { decision: "reject", reason: "what is this?" })))).toBe(201);
  }
});

test("what shows another change than it would send can be rejected and not approved", () => {
  const proposal = proposalOf({}, { after: Buffer.from('{"spec":{"replicas":3}}') });
  expect(ask(proposal, ana, ballotOn(proposal, yes))).toMatchObject({
    status: 409,
    says: expect.stringMatching(/what people saw is not what would be sent/),
  });
  expect(statusOf(ask(proposal, ana, ballotOn(proposal, { decision: "reject", reason: "it lies" })))).toBe(201);
});

test("a vote that the broker took at the last moment or later is told that it came too late", () => {
  const proposal = proposalOf();
  const answer = ask(proposal, ana, ballotOn(proposal, yes), T0 + MINUTES_30 - 6_000);
  if (answer.outcome !== "cast") throw new Error("not cast");
  record(proposal, answer.event, T0 + MINUTES_30);
  expect(afterCast(codec.open, proposal, answer.event.id)).toMatchObject({ status: 410 });
});

test("policy's record of the verdict closes a proposal, also where its votes have not arrived yet", () => {
  const proposal = proposalOf();
  const approved = delivered(codec, "proposals.approved", sample("proposals.approved", "by-one-person"), 0, T0);
  expect(ask({ ...proposal, approved }, ana, ballotOn(proposal, yes))).toMatchObject({ status: 409 });
});

test("a vote is signed over the very bytes that policy signed, and nobody else's key makes one", () => {
  const proposal = proposalOf();
  const answer = ask(proposal, ana, ballotOn(proposal, yes));
  if (answer.outcome !== "cast") throw new Error("not cast");
  expect(answer.event.allowed?.payload.equals(proposal.allowed.value)).toBe(true);
  const { approval: _, ...others } = testKeys().signing;
  expect(() =>
    openCodec({ service: "x", trusted: testKeys().trusted, signing: others }).write("approvals", answer.event),
  ).toThrow(/holds no key/);
});

test("whatever people do, in whatever order, the door says 201 to just those votes that the fold counts", () => {
  const move = fc.record({
    who: fc.constantFrom("ana", "ana", "ben", "ben", "cid", "closing"),
    decision: fc.constantFrom("approve", "approve", "approve", "reject"),
    typed: fc.constantFrom("payments/api", "payments/api", "payments"),
    step: fc.integer({ min: 0, max: 4 * 60_000 }),
    // How long the vote takes from the door to the broker, and who overtakes it meanwhile.
    late: fc.constantFrom(0, 0, 6_000),
    overtaken: fc.constantFrom(true, false, false, false),
  });
  let counted = 0;
  let refusedAfterwards = 0;
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 12 }), fc.constantFrom(1, 2), (moves, quorum) => {
      const proposal = proposalOf({ quorum, tier: quorum === 2 ? "two_people" : "typed" });
      const { lastMoment, confirmText, roles, level } = proposal.allowed.event;
      const terms = { digest: digestOf(proposal.allowed.value), quorum, roles, level, lastMoment };
      const accepted = new Set<string>();
      let now = T0;
      for (const { who, decision, typed, step, late, overtaken } of moves) {
        now += step;
        if (who === "closing") {
          if (!proposal.approvals.some(({ event }) => event.kind === "closing"))
            record(proposal, closing(proposal, "withdrawn"), now);
          continue;
        }
        const answer = ask(
          proposal,
          { ana, ben, cid }[who],
          ballotOn(proposal, { decision, typed, reason: "because" }),
          now,
        );
        if (answer.outcome !== "cast") continue;
        const other = ask(proposal, ben, ballotOn(proposal, { decision: "reject", reason: "no" }), now);
        if (overtaken && other.outcome === "cast" && other.event.id !== answer.event.id)
          record(proposal, other.event, now);
        record(proposal, answer.event, now + late);
        if (afterCast(codec.open, proposal, answer.event.id) === undefined) accepted.add(answer.event.id);
        else refusedAfterwards += 1;
      }
      const records = proposal.approvals.map(({ event, time }) =>
        event.vote === null
          ? { kind: "closing" as const, id: event.id, closing: "withdrawn" as const, time }
          : {
              kind: "vote" as const,
              id: event.id,
              person: event.vote.person,
              digest: event.digest ?? "",
              time,
              decision: event.vote.decision === "approve" ? ("approve" as const) : ("reject" as const),
              countable: event.vote.decision === "reject" || event.vote.typed === confirmText,
            },
      );
      // What the fold counted: everything up to the verdict that came in time.
      const verdict = foldVotes(records, terms);
      const last =
        verdict.state === "open"
          ? records.length
          : records.findIndex(
              (each) => each.id === (verdict.state === "approved" ? verdict.votes.at(-1)?.id : verdict.by.id),
            ) + 1;
      const inTime = records
        .slice(0, last)
        .filter((each) => each.kind === "vote" && each.countable && each.time < lastMoment);
      for (const id of accepted) expect(inTime.map((each) => each.id)).toContain(id);
      if (verdict.state === "approved")
        expect(new Set(verdict.votes.map((vote) => personKey(vote.person))).size).toBe(quorum);
      counted += accepted.size;
    }),
    { numRuns: 200 },
  );
  expect(counted).toBeGreaterThan(40);
  expect(refusedAfterwards).toBeGreaterThan(0);
});
