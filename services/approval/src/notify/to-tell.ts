import { outcomeOf, stateOf, type Proposal } from "@holdfast/proposals";
import { closedAs } from "../closed.ts";
import type { Eye } from "../show.ts";
import { noticeId, type Due, type Ending } from "./notice.ts";

/** What one target was told: when, by the id of the notice; undefined where it was not. */
export type Told = (id: string) => number | undefined;

export type Terms = {
  /** When this target was first configured: what ended before is nobody's news. */
  readonly since: number;
  /** How long before its last moment a proposal is about to expire. */
  readonly expiringMs: number;
};

/** An end that could not be told for so long stands on the board, and is news no more. */
const ENDED_MS_MAX = 2 * 3_600_000;
/** Nobody knows how it ended: that stays news for a day. */
const UNKNOWN_MS_MAX = 24 * 3_600_000;
const URGENCY = ["unknown", "expiring", "opened", "ended"] as const;

/**
 * What a target is to be told now, the most urgent first: the difference between how the proposals stand and what it was told.
 * There is no queue that could overflow or grow stale: what is over by the time that it could be told is not here any more.
 */
export function toTell(proposals: Iterable<Proposal>, eye: Eye, told: Told, terms: Terms): readonly Due[] {
  const due = [...proposals].flatMap((proposal) => dueOf(proposal, eye, told, terms) ?? []);
  return due.toSorted((a, b) => URGENCY.indexOf(a.event) - URGENCY.indexOf(b.event) || a.at - b.at);
}

function dueOf(proposal: Proposal, eye: Eye, told: Told, terms: Terms): Due | undefined {
  const { allowed } = proposal;
  // What policy denied was never anybody's to decide.
  if (allowed === undefined || isOld(proposal, eye.now)) return undefined;
  const state = stateOf(eye.open, proposal, eye.now, eye.settleMs);
  switch (state) {
    case "open":
      return dueWhileOpen(proposal, allowed, eye.now, told, terms);
    case "unknown":
      return dueAtEnd(proposal, "unknown", eye, told, terms);
    case "succeeded":
    case "failed":
    case "refused":
      return dueAtEnd(proposal, state, eye, told, terms);
    case "rejected":
      // Policy's record tells when, and follows the verdict at once.
      return proposal.rejected === undefined ? undefined : dueAtEnd(proposal, "closed", eye, told, terms);
    case "drafted":
    case "denied":
    case "approved":
    case "started":
      return undefined;
  }
}

/** One that was told late, inside the time of the reminder, was told its deadline with it. */
function dueWhileOpen(
  proposal: Proposal,
  { time, event: { lastMoment } }: NonNullable<Proposal["allowed"]>,
  now: number,
  told: Told,
  { expiringMs }: Terms,
): Due | undefined {
  if (now >= lastMoment) return undefined;
  const opened = noticeId(proposal.id, "opened");
  const openedAt = told(opened);
  if (openedAt === undefined) return { id: opened, event: "opened", state: "open", proposal, at: time };
  const [id, from] = [noticeId(proposal.id, "expiring"), lastMoment - expiringMs];
  if (now < from || openedAt >= from || told(id) !== undefined) return undefined;
  return { id, event: "expiring", state: "open", proposal, at: from };
}

function dueAtEnd(
  proposal: Proposal,
  how: "succeeded" | "failed" | "refused" | "closed" | "unknown",
  { open, now, settleMs }: Eye,
  told: Told,
  { since }: Terms,
): Due | undefined {
  const at = endedAt(proposal, settleMs);
  if (at < since || now - at > (how === "unknown" ? UNKNOWN_MS_MAX : ENDED_MS_MAX)) return undefined;
  if (how === "unknown") {
    const id = noticeId(proposal.id, how);
    return told(id) === undefined ? { id, event: "unknown", state: how, proposal, at } : undefined;
  }
  const state = how === "closed" ? closingOf(closedAs(open, proposal)) : how;
  const id = noticeId(proposal.id, state);
  return told(id) === undefined ? { id, event: "ended", state, proposal, at } : undefined;
}

function closingOf(closed: ReturnType<typeof closedAs>): Ending {
  return closed === undefined || closed === "approved" ? "rejected" : closed;
}

/** An outcome carries the executor's clock, a verdict the broker's; one that never came is missed from its last moment on. */
function endedAt({ executions, approved, rejected }: Proposal, settleMs: number): number {
  const outcome = outcomeOf(executions);
  if (outcome !== undefined && outcome.state !== "started") return outcome.at;
  return approved === undefined ? (rejected?.time ?? 0) : approved.event.executeBy + settleMs;
}

/** Spares the reading of votes that nobody needs any more: nothing of so old a proposal is news. */
function isOld({ allowed, approved, rejected, executions }: Proposal, now: number): boolean {
  const last = Math.max(
    allowed?.event.lastMoment ?? 0,
    approved?.event.executeBy ?? 0,
    rejected?.time ?? 0,
    ...executions.map(({ at }) => at),
  );
  return now - last > UNKNOWN_MS_MAX * 2;
}
