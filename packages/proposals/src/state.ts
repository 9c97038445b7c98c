import type { Codec } from "@holdfast/schemas";
import { isOutcome, outcomeOf } from "./outcome.ts";
import type { Proposal } from "./proposals.ts";
import { verdictOf } from "./verdict-of.ts";

/** Where a proposal stands, in the words of every door, screen and metric. */
export type ProposalState =
  | "drafted"
  | "denied"
  | "open"
  | "rejected"
  | "approved"
  | "started"
  | "succeeded"
  | "failed"
  | "refused"
  | "unknown";

/** How long after its last moment an approved proposal without an outcome reads as unknown, beyond settling. */
const UNKNOWN_AFTER_MS = 5 * 60_000;

/** @param now by the clock of whoever asks, ms. */
export function stateOf(open: Codec["open"], proposal: Proposal, now: number, settleMs: number): ProposalState {
  const execution = outcomeOf(proposal.executions);
  if (execution !== undefined && execution.state !== "UNKNOWN" && execution.state !== "started") return execution.state;
  if (proposal.approved !== undefined && now >= proposal.approved.event.executeBy + settleMs + UNKNOWN_AFTER_MS)
    return "unknown";
  if (execution !== undefined) return "started";
  if (proposal.approved !== undefined) return "approved";
  if (proposal.rejected !== undefined) return "rejected";
  // The votes decide; policy's record of it follows.
  if (proposal.allowed !== undefined) return verdictOf(open, proposal.approvals).state;
  return proposal.denied === undefined ? "drafted" : "denied";
}

/** Allowed, and neither approved nor rejected on record. */
export function isOpen({ allowed, approved, rejected }: Proposal): boolean {
  return allowed !== undefined && approved === undefined && rejected === undefined;
}

/** Whether nothing more will come of it: refused, rejected, or carried out one way or another. */
export function isFinished(proposal: Proposal, now: number, settleMs: number): boolean {
  if (proposal.rejected !== undefined || proposal.denied !== undefined) return true;
  const outcome = outcomeOf(proposal.executions);
  if (outcome !== undefined && isOutcome(outcome)) return true;
  return proposal.approved !== undefined && now >= proposal.approved.event.executeBy + settleMs + UNKNOWN_AFTER_MS;
}
