import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf, stepId, type Allowed, type Approval, type Envelope } from "@holdfast/schemas";
import { sample, sealedEnvelope, testCodec } from "@holdfast/schemas/testing";
import { verdictOf, type Recorded } from "./verdict-of.ts";

const codec = testCodec();
const T = sample("proposals.allowed", "rollback").lastMoment - 60_000;
const sealed = (changed: Partial<Allowed> = {}): Envelope =>
  sealedEnvelope(codec, "proposals.allowed", sample("proposals.allowed", "rollback", changed));
const allowed = sealed();

type Cast = {
  readonly who?: string;
  readonly decision?: "approve" | "reject";
  readonly typed?: string | null;
  readonly roles?: readonly string[];
  readonly level?: number;
  readonly about?: Envelope;
  readonly time?: number;
};

function vote({
  who = "alice",
  decision = "approve",
  typed = "payments/api",
  roles = ["oncall"],
  level = 1,
  about = allowed,
  time = T,
}: Cast = {}): Recorded {
  const digest = digestOf(about.payload);
  const base = sample("approvals", "vote");
  const person = { issuer: "holdfast/static", subject: who, name: who, roles, level };
  const cast: Approval = {
    ...base,
    id: stepId(digest, `${who}/${decision}`),
    digest,
    allowed: about,
    vote: { decision, person, typed, reason: "because", tier: "typed", nonce: "n", approveBy: T },
  };
  return { event: cast, time };
}

function closing(closed: "expired" | "withdrawn" | "superseded", time = T): Recorded {
  return {
    event: sample("approvals", "closing", {
      id: stepId("closing", closed),
      digest: digestOf(allowed.payload),
      allowed,
      closing: { closing: closed, because: "over" },
    }),
    time,
  };
}

const stateOf = (...records: Recorded[]): string => verdictOf(codec.open, records).state;

test("without a record it is open", () => expect(stateOf()).toBe("open"));
test("the vote that completes the quorum approves", () => {
  expect(stateOf(vote())).toBe("approved");
  const two = sealed({ quorum: 2 });
  expect(stateOf(vote({ about: two }))).toBe("open");
  expect(stateOf(vote({ about: two }), vote({ about: two, who: "bob" }))).toBe("approved");
});
test("one rejection rejects", () => expect(stateOf(vote({ decision: "reject", typed: null }))).toBe("rejected"));
test.each(["expired", "withdrawn", "superseded"] as const)(
  "a closing as %s rejects, and a vote after it changes nothing",
  (closed) => {
    expect(stateOf(closing(closed))).toBe("rejected");
    expect(stateOf(closing(closed), vote())).toBe("rejected");
  },
);
test("a closing after the quorum changes nothing", () => expect(stateOf(vote(), closing("expired"))).toBe("approved"));

describe("a vote does not count", () => {
  test("of the same person twice", () => {
    const two = sealed({ quorum: 2 });
    expect(
      stateOf(vote({ about: two }), { ...vote({ about: two }), event: { ...vote({ about: two }).event, id: "again" } }),
    ).toBe("open");
  });
  test("without one of the sealed roles", () => expect(stateOf(vote({ roles: ["viewer"] }))).toBe("open"));
  test("below the sealed level", () => expect(stateOf(vote({ about: sealed({ level: 3 }) }))).toBe("open"));
  test("at the last moment or after it", () => {
    const { lastMoment } = sample("proposals.allowed", "rollback");
    expect([stateOf(vote({ time: lastMoment - 1 })), stateOf(vote({ time: lastMoment }))]).toEqual([
      "approved",
      "open",
    ]);
  });
  test("with another typed text", () => expect(stateOf(vote({ typed: "payments/API" }))).toBe("open"));
  test("about what policy never sealed", () => {
    const stranger = sealedEnvelope(testCodec(), "proposals.allowed", sample("proposals.allowed", "rollback"));
    expect(stateOf(vote({ about: stranger }))).toBe("open");
  });
  test("under a digest that is not of what it carries", () => {
    const cast = vote();
    expect(stateOf({ ...cast, event: { ...cast.event, digest: "0".repeat(64) } })).toBe("open");
  });
  test("that names another proposal than it carries", () => {
    const cast = vote();
    expect(stateOf({ ...cast, event: { ...cast.event, proposal: "another" } })).toBe("open");
  });
  test("for another digest of the same proposal, towards this one's quorum", () => {
    const [one, other] = [sealed({ quorum: 2, nonce: "1" }), sealed({ quorum: 2, nonce: "2" })];
    expect(stateOf(vote({ about: one }), vote({ about: other, who: "bob" }))).toBe("open");
  });
});

test("of two digests of one proposal the one that is decided first is the verdict", () => {
  const [yes, no] = [
    vote({ about: sealed({ nonce: "1" }) }),
    vote({ about: sealed({ nonce: "2" }), who: "bob", decision: "reject", typed: null }),
  ];
  expect([stateOf(yes, no), stateOf(no, yes)]).toEqual(["approved", "rejected"]);
});

test("at one acknowledgement nothing needs to be typed", () => {
  expect(stateOf(vote({ about: sealed({ tier: "one_ack" }), typed: null }))).toBe("approved");
});

test("a record that comes again changes nothing: the first one of its id is the one that decided", () => {
  const verdict = verdictOf(codec.open, [vote({ time: T }), vote({ time: T + 5 })]);
  expect(verdict).toMatchObject({ state: "approved", deciding: { time: T } });
});

test("once there is a verdict, no record that follows changes it", () => {
  const any = fc.oneof(
    fc
      .record({
        who: fc.constantFrom("alice", "bob", "carol"),
        decision: fc.constantFrom("approve" as const, "reject" as const),
      })
      .map(vote),
    fc.constantFrom("expired" as const, "withdrawn" as const, "superseded" as const).map((closed) => closing(closed)),
  );
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 8 }), fc.array(any, { maxLength: 8 }), (first, later) => {
      const before = verdictOf(codec.open, first);
      const after = verdictOf(codec.open, [...first, ...later]);
      if (before.state === "open") return;
      expect(after).toEqual(before);
    }),
    { numRuns: 60 },
  );
});
