import type { Delivery } from "@holdfast/bus";
import { nextOf, type ProposalTopic } from "@holdfast/proposals";
import { digestOf, encode, envelopeOf, stepId, type Allowed, type Approval } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { expect, test } from "vitest";
import { redraft, type Redraft } from "./redraft.ts";
import { codec, delivered, draftOf, knowing, NOW } from "./testing.ts";

/** A proposal whose draft is its own, as policy allowed it. */
function proposed(): Delivery<"proposals.allowed"> {
  const { event } = draftOf();
  const base = sample("proposals.allowed", "rollback");
  return delivered("proposals.allowed", {
    ...base,
    proposal: event.proposal,
    draft: encode("proposals.drafted", event),
  } satisfies Allowed);
}

function about(
  { value, headers, event: { proposal, incident } }: Delivery<"proposals.allowed">,
  name: "vote" | "closing",
): Approval {
  const base = sample("approvals", name);
  const allowed = envelopeOf(value, headers) ?? null;
  const vote = base.vote === null ? null : { ...base.vote, decision: "reject" as const, typed: null };
  return { ...base, id: stepId(proposal, name), incident, proposal, digest: digestOf(value), allowed, vote };
}

const request = (wants: "replan" | "back_out" = "replan"): Approval => {
  const base = sample("approvals", "request");
  return { ...base, request: base.request === null ? null : { ...base.request, wants } };
};

function asked(wants: "replan" | "back_out", ...more: readonly Delivery<ProposalTopic>[]): Redraft {
  const allowed = proposed();
  const knowledge = knowing(allowed, ...more);
  return redraft(codec.open, request(wants), knowledge.proposals.get(allowed.event.proposal), {
    now: NOW,
    settleMs: 3_000,
  });
}

const ran = (state: "succeeded" | "failed"): Delivery<"executions"> =>
  delivered("executions", sample("executions", "succeeded", { proposal: proposed().event.proposal, state, at: NOW }));

test("a person's no stands: nobody brings it back by asking for another plan", () => {
  const closed = proposed();
  expect(asked("replan", delivered("approvals", about(closed, "vote"), NOW))).toEqual({
    outcome: "nothing",
    why: "a person rejected it, and that stands",
  });
  const rejected = sample("proposals.rejected", "expired", { proposal: closed.event.proposal, by: "person" });
  expect(asked("replan", delivered("proposals.rejected", rejected))).toMatchObject({ outcome: "nothing" });
});

test("what policy closed is planned anew, as the same draft under an id of its own", () => {
  const first = draftOf().event;
  const id = nextOf(proposed().event, request().id);
  expect(asked("replan", delivered("approvals", about(proposed(), "closing"), NOW))).toMatchObject({
    outcome: "draft",
    draft: { event: { id, proposal: id, replanOf: first.proposal, action: first.action, arguments: first.arguments } },
  });
});

test("what was carried out is undone by the action that was sealed as its back-out, and in nobody's words but the person's", () => {
  const { plan } = proposed().event;
  expect(asked("back_out", ran("succeeded"))).toMatchObject({
    outcome: "draft",
    draft: {
      event: { by: "person", author: "alice", words: "", backOutOf: proposed().event.proposal, ...plan.backOut.action },
    },
  });
  expect(asked("back_out")).toMatchObject({ outcome: "nothing" });
  expect(asked("replan", ran("succeeded"))).toMatchObject({ outcome: "nothing" });
});
