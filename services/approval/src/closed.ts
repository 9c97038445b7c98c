import { nextOf, verdictOf, type Proposal } from "@holdfast/proposals";
import { decode, type Approval, type Codec } from "@holdfast/schemas";
import { refused, type Refused } from "./refusal.ts";

/** How a proposal was closed to votes, if it was. */
type ClosedAs = "approved" | "rejected" | "expired" | "withdrawn" | "superseded";

/** From the votes themselves; policy's record of the verdict, which follows them, is read where it arrived first. */
export function closedAs(open: Codec["open"], proposal: Proposal): ClosedAs | undefined {
  const verdict = verdictOf(open, proposal.approvals);
  if (verdict.state === "approved" || proposal.approved !== undefined) return "approved";
  if (verdict.state === "rejected") return kindOf(verdict.deciding.event);
  if (proposal.rejected === undefined) return undefined;
  return kindOf(decode("approvals", proposal.rejected.event.decision.envelope.payload));
}

function kindOf({ closing }: Approval): ClosedAs {
  return closing === null || closing.closing === "UNKNOWN" ? "rejected" : closing.closing;
}

const SAYS: Readonly<Record<ClosedAs, string>> = {
  approved: "It is approved already, and after the verdict no vote changes anything.",
  rejected: "Somebody rejected it, and after the verdict no vote changes anything.",
  withdrawn: "It was withdrawn, because its incident is over.",
  superseded: "A newer proposal took its place. Decide on that one.",
  expired: "Its time to be decided is over, and silence is never an approval.",
};

export function closedRefusal(closed: ClosedAs, proposal: Proposal): Refused {
  const newer = closed === "superseded" ? successorOf(proposal) : undefined;
  const says = newer === undefined ? SAYS[closed] : `Proposal ${newer} took its place. Decide on that one.`;
  return refused(closed === "expired" ? 410 : 409, says);
}

/** Whoever asked for a new plan fixed by that which proposal it is. */
function successorOf({ allowed, approvals }: Proposal): string | undefined {
  const request = approvals.findLast(({ event }) => event.request?.wants === "replan")?.event;
  return allowed === undefined || request === undefined ? undefined : nextOf(allowed.event, request.id);
}

export function tooLate(): Refused {
  return refused(410, "Its time to be decided is over, or ends within five seconds: a vote would come too late.");
}

/** What became of a vote that stands on its topic: it counts unless the verdict, or the last moment, came first. */
export function afterCast(open: Codec["open"], proposal: Proposal, id: string): Refused | undefined {
  const mine = proposal.approvals.findIndex(({ event }) => event.id === id);
  const record = proposal.approvals[mine];
  if (record === undefined || proposal.allowed === undefined) throw new Error("a vote was folded and is not there");
  const verdict = verdictOf(open, proposal.approvals);
  const decidedBefore = verdict.state !== "open" && proposal.approvals.indexOf(verdict.deciding) < mine;
  if (decidedBefore) return closedRefusal(closedAs(open, proposal) ?? "rejected", proposal);
  return record.time >= proposal.allowed.event.lastMoment ? tooLate() : undefined;
}
