import type { Log } from "@holdfast/service";
import type { Voted } from "./poll.ts";

export const UNSURE = "It is not known whether your vote was recorded. Send it again: the same vote counts once.";

/** A door's refusal is no record of the audit log, so it is a line of this one. */
export function noted(log: Log, voted: Voted, subject: string | undefined): void {
  switch (voted.outcome) {
    case "refused":
      return log.warn(`refused a vote: ${voted.says}`, { status: voted.status, subject });
    case "unsure":
      return log.error("a vote may not have been recorded", { error: voted.cause, subject });
    case "recorded":
      return log.info("took a vote", {
        vote: voted.id,
        proposal: voted.proposal,
        decision: voted.decision,
        subject,
        state: voted.state,
      });
  }
}
