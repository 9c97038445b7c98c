import type { Bus, Published } from "@holdfast/bus";
import { openProposals } from "@holdfast/proposals";
import type { Approval } from "@holdfast/schemas";
import { digestOf } from "@holdfast/schemas";
import { testCodec } from "@holdfast/schemas/testing";
import { expect, test } from "vitest";
import { openPace } from "./pace.ts";
import { openPoll } from "./poll.ts";
import { allowedOf, delivered, loaded, people, T0 } from "./testing.ts";

test("the same vote sent again while it is being recorded is published once, and all are told the same", async () => {
  const codec = testCodec();
  const proposals = openProposals();
  const { allowed } = allowedOf("one", { quorum: 2 });
  const delivery = delivered(codec, "proposals.allowed", allowed, 0, T0);
  proposals.fold(delivery);
  const votes: Approval[] = [];
  const publish = async (_topic: string, _key: string, event: unknown): Promise<Published> => {
    votes.push(event as Approval);
    await new Promise((done) => setImmediate(done));
    const folded = delivered(codec, "approvals", event as Approval, votes.length, T0);
    proposals.fold(folded);
    return folded;
  };
  const { approvers, tokens } = people();
  const poll = openPoll({
    open: codec.open,
    guard: loaded.guard,
    find: proposals.get,
    nonce: () => "n",
    bus: { publish: publish as Bus["publish"], now: async () => T0 },
    view: { reached: async () => undefined },
    settleMs: 3_000,
    pace: openPace(60),
    counted: () => undefined,
    voted: () => undefined,
  });
  const ballot = {
    proposalId: allowed.proposal,
    digest: digestOf(delivery.value),
    decision: "approve",
    typed: "payments/api",
    reason: "it is bad",
  };
  const told = await Promise.all(Array.from({ length: 25 }, async () => poll(approvers.identify(tokens.ana), ballot)));
  expect(votes).toHaveLength(1);
  expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(told[0]).toMatchObject({ outcome: "recorded", id: votes[0]?.id, state: "open" });
});
