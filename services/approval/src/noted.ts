import type { Log } from "@holdfast/service";
import type { Asked } from "./ask.ts";
import type { Voted } from "./poll.ts";

export const UNSURE = "It is not known whether your vote was recorded. Send it again: the same vote counts once.";
export const UNSURE_REQUEST =
  "It is not known whether your request was recorded. Send it again: the same request is taken once.";

/** A door's refusal is no record of the audit log, so it is a line of this one; what was recorded is told as that. */
export function noted(log: Log, voted: Voted, subject: string | undefined): void {
  switch (voted.outcome) {
    case "refused":
      return log.warn(`refused a vote: ${voted.says}`, { status: voted.status, subject });
    case "unsure":
      return log.error("a vote may not have been recorded", { error: voted.cause, subject });
    case "recorded":
      return log.debug("answered a vote", {
        vote: voted.id,
        proposal: voted.proposal,
        decision: voted.decision,
        subject,
        state: voted.state,
      });
  }
}

export function notedRequest(log: Log, asked: Asked, subject: string | undefined): void {
  switch (asked.outcome) {
    case "refused":
      return log.warn(`refused a request: ${asked.says}`, { status: asked.status, subject });
    case "unsure":
      return log.error("a request may not have been recorded", { error: asked.cause, subject });
    case "recorded": {
      const { id, proposal, wants, next } = asked;
      return log.debug("answered a request", { request: id, proposal, wants, next, subject });
    }
  }
}
