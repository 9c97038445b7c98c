import { digestOf, envelopeOf, stepId, type Approval } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { describe, expect, test } from "vitest";
import type { Proposal } from "@holdfast/proposals";
import { due } from "./due.ts";
import { codec, delivered, knowing } from "./testing.ts";

const allowed = delivered("proposals.allowed", sample("proposals.allowed", "rollback"));
const { lastMoment, proposal, executeForMs } = allowed.event;
const SKEW_MS = 30_000;

function vote(decision: "approve" | "reject", typed: string | null = allowed.event.confirmText): Approval {
  const base = sample("approvals", "vote");
  if (base.vote === null) throw new Error("the fixture is no vote");
  const digest = digestOf(allowed.value);
  return {
    ...base,
    id: stepId(digest, decision),
    digest,
    allowed: envelopeOf(allowed.value, allowed.headers) ?? null,
    vote: { ...base.vote, decision, typed },
  };
}

function withVotes(...votes: readonly (readonly [Approval, number])[]): Proposal {
  const known = knowing(
    allowed,
    ...votes.map(([event, time], at) => delivered("approvals", event, time, at)),
  ).proposals.get(proposal);
  if (known === undefined) throw new Error("nothing was folded");
  return known;
}

const next = (known: Proposal, now: number, over?: string): ReturnType<typeof due> =>
  due(codec.open, known, over, { now, skewMs: SKEW_MS });

describe("while nobody decided", () => {
  test("nothing is due until both clocks must have passed its last moment; then it is closed as expired", () => {
    expect(next(withVotes(), lastMoment + SKEW_MS)).toBeUndefined();
    expect(next(withVotes(), lastMoment + SKEW_MS + 1)).toMatchObject({
      topic: "approvals",
      event: { kind: "closing", closing: { closing: "expired" }, vote: null },
    });
  });
  test("what it was for may be over: it is withdrawn, and says why", () => {
    expect(next(withVotes(), 0, "The incident closed.")).toMatchObject({
      topic: "approvals",
      event: { closing: { closing: "withdrawn", because: "The incident closed." } },
    });
  });
  test("a vote that does not count decides nothing", () => {
    expect(next(withVotes([vote("approve", "payments/API"), lastMoment - 1]), lastMoment)).toBeUndefined();
    expect(next(withVotes([vote("approve"), lastMoment]), lastMoment)).toBeUndefined();
  });
});

describe("once there is a verdict", () => {
  test("an approval is published with the votes that decided and its own time to be carried out, even where the incident is over by then", () => {
    const approved = next(
      withVotes([vote("approve"), lastMoment - 1]),
      lastMoment + 10 * SKEW_MS,
      "The incident closed.",
    );
    expect(approved).toMatchObject({
      topic: "proposals.approved",
      event: {
        id: stepId(proposal, "verdict"),
        digest: digestOf(allowed.value),
        verdictAt: lastMoment - 1,
        executeBy: lastMoment - 1 + executeForMs,
      },
    });
    expect(approved?.topic === "proposals.approved" ? approved.event.votes : []).toHaveLength(1);
  });
  test("what is sealed is the plan that was voted on, also where policy sealed two for one proposal", () => {
    const other = delivered("proposals.allowed", sample("proposals.allowed", "rollback", { nonce: "another" }));
    const digest = digestOf(other.value);
    const about = { ...vote("approve"), digest, allowed: envelopeOf(other.value, other.headers) ?? null };
    const approved = next(withVotes([about, 1]), 2);
    expect(approved).toMatchObject({ topic: "proposals.approved", event: { digest } });
    expect(approved?.topic === "proposals.approved" && digestOf(approved.event.allowed.payload)).toBe(digest);
  });
  test("a rejection is published as a person's, and a closing as nobody's", () => {
    expect(next(withVotes([vote("reject", null), 1]), 2)).toMatchObject({
      topic: "proposals.rejected",
      event: { id: stepId(proposal, "verdict"), by: "person" },
    });
    const closing = sample("approvals", "closing", {
      digest: digestOf(allowed.value),
      allowed: envelopeOf(allowed.value, allowed.headers) ?? null,
    });
    expect(next(withVotes([closing, 1], [vote("approve"), 2]), 3)).toMatchObject({
      topic: "proposals.rejected",
      event: { by: "closing" },
    });
  });
  test("and once that is published, nothing more is due", () => {
    const rejected = delivered("proposals.rejected", sample("proposals.rejected", "expired"));
    expect(next({ ...withVotes([vote("approve"), 1]), rejected }, lastMoment + 10 * SKEW_MS, "over")).toBeUndefined();
  });
});
