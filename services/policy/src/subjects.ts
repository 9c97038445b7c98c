import { isFinished, type Proposal } from "@holdfast/proposals";

/** The proposal that holds a subject: one at a time, so that two changes never meet on one workload. */
export function holderOf(
  subject: string,
  proposals: Iterable<Proposal>,
  now: number,
  settleMs: number,
): Proposal | undefined {
  for (const proposal of proposals) {
    if (proposal.allowed?.event.plan.subject === subject && !isFinished(proposal, now, settleMs)) return proposal;
  }
  return undefined;
}

const HOUR_MS = 3_600_000;

/** Actions that were started on a subject within the last hour. */
export function actionsInLastHour(subject: string, proposals: Iterable<Proposal>, now: number): number {
  let count = 0;
  for (const { allowed, executions } of proposals) {
    const started = executions.some(({ state, at }) => state === "started" && at > now - HOUR_MS);
    if (started && allowed?.event.plan.subject === subject) count += 1;
  }
  return count;
}
