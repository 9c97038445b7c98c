import {
  digestOf,
  envelopeOf,
  stepId,
  type Approval,
  type Approved,
  type Codec,
  type Envelope,
  type Rejected,
  type SealedRecord,
} from "@holdfast/schemas";
import type { Delivery } from "@holdfast/bus";
import { verdictOf, type Proposal } from "@holdfast/proposals";

/** What ought to stand on the topics about a proposal and does not yet. */
export type Due =
  | { readonly topic: "approvals"; readonly event: Approval }
  | { readonly topic: "proposals.approved"; readonly event: Approved }
  | { readonly topic: "proposals.rejected"; readonly event: Rejected };

export type Clock = { readonly now: number; readonly skewMs: number };

/**
 * The next step for a proposal that waits for people, from what is recorded: its verdict where one was reached, else a
 * closing where its time is over, or what it was for. Pure, and the same whoever asks and however often.
 * @param over why it is to be withdrawn, if it is.
 */
export function due(
  open: Codec["open"],
  proposal: Proposal,
  over: string | undefined,
  { now, skewMs }: Clock,
): Due | undefined {
  const { allowed, approved, rejected, approvals } = proposal;
  if (allowed === undefined || approved !== undefined || rejected !== undefined) return undefined;
  const verdict = verdictOf(open, approvals);
  switch (verdict.state) {
    case "approved":
      return {
        topic: "proposals.approved",
        event: approvedEvent(allowed, verdict.digest, verdict.counted, verdict.deciding.time),
      };
    case "rejected":
      return { topic: "proposals.rejected", event: rejectedEvent(allowed, verdict.digest, verdict.deciding) };
    case "open":
      if (over !== undefined) return { topic: "approvals", event: closing(allowed, "withdrawn", over, now) };
      if (now > allowed.event.lastMoment + skewMs)
        return {
          topic: "approvals",
          event: closing(allowed, "expired", "Nobody decided in time, and silence is never an approval.", now),
        };
      return undefined;
  }
}

export function closing(
  allowed: Delivery<"proposals.allowed">,
  kind: "expired" | "withdrawn" | "superseded",
  because: string,
  at: number,
): Approval {
  const { proposal, incident } = allowed.event;
  return {
    id: stepId(proposal, kind),
    incident,
    proposal,
    digest: digestOf(allowed.value),
    kind: "closing",
    allowed: signed(allowed),
    vote: null,
    request: null,
    closing: { closing: kind, because },
    at,
  };
}

function approvedEvent(
  allowed: Delivery<"proposals.allowed">,
  digest: string,
  votes: readonly Delivery<"approvals">[],
  verdictAt: number,
): Approved {
  const envelope = votes.at(-1)?.event.allowed ?? signed(allowed);
  const { proposal, incident, executeForMs } = allowed.event;
  return {
    id: stepId(proposal, "verdict"),
    incident,
    proposal,
    digest,
    allowed: envelope,
    votes: votes.map(sealedRecord),
    verdictAt,
    executeBy: verdictAt + executeForMs,
  };
}

function rejectedEvent(
  allowed: Delivery<"proposals.allowed">,
  digest: string,
  deciding: Delivery<"approvals">,
): Rejected {
  const { proposal, incident } = allowed.event;
  const { vote, closing: closed } = deciding.event;
  const because = closed?.because ?? vote?.reason ?? "";
  return {
    id: stepId(proposal, "verdict"),
    incident,
    proposal,
    digest,
    allowed: deciding.event.allowed ?? signed(allowed),
    decision: sealedRecord(deciding),
    by: vote === null ? "closing" : "person",
    because,
    verdictAt: deciding.time,
  };
}

function sealedRecord(delivery: Delivery<"approvals">): SealedRecord {
  return { envelope: signed(delivery), partition: delivery.partition, offset: delivery.offset, time: delivery.time };
}

function signed({ value, headers, topic }: Delivery<"approvals" | "proposals.allowed">): Envelope {
  const envelope = envelopeOf(value, headers);
  if (envelope === undefined) throw new Error(`a verified record of ${topic} carries no signature`);
  return envelope;
}
