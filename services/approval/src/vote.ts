import { personKey, type Guard, type Person } from "@holdfast/guard";
import { verdictOf, type Proposal } from "@holdfast/proposals";
import { digestOf, envelopeOf, stepId, type Allowed, type Approval, type Codec } from "@holdfast/schemas";
import { readBallot, type Ballot } from "./ballot.ts";
import { closedAs, closedRefusal, tooLate } from "./closed.ts";
import { refused, type Refused } from "./refusal.ts";
import { barred, deniedAsCast, outranked } from "./rights.ts";
import { sealedOf, type Sealed } from "./sealed.ts";

/** Less than this before the last moment a vote may no longer arrive in time, so it is not taken. */
const LAST_MS = 5_000;

/** What a request to vote leads to. */
export type Answer =
  | Refused
  | { readonly outcome: "repeated"; readonly id: string; readonly proposal: Proposal; readonly ballot: Ballot }
  | { readonly outcome: "cast"; readonly event: Approval; readonly proposal: Proposal; readonly ballot: Ballot };

export type Polls = {
  readonly open: Codec["open"];
  readonly guard: Pick<Guard, "approve">;
  readonly find: (id: string) => Proposal | undefined;
  readonly nonce: () => string;
};

/**
 * Pure: who asks, what they sent, what is recorded and the broker's time give the answer.
 *
 * INVARIANT: the order of the checks is part of the door: 401, 400, 404, 403, 409 (digest), 410, 409 (closed), 422.
 */
export function voteOn(polls: Polls, person: Person | undefined, body: unknown, now: number): Answer {
  if (person === undefined)
    return refused(401, "No approver has this token. Send yours as: Authorization: Bearer TOKEN.");
  const ballot = readBallot(body);
  if (typeof ballot === "string") return refused(400, `This is no vote: ${ballot}. Nothing was recorded.`);
  const proposal = polls.find(ballot.proposalId);
  if (proposal === undefined)
    return refused(404, `There is no proposal ${ballot.proposalId}. GET /v1/proposals lists those that there are.`);
  if (proposal.allowed === undefined) return refused(409, nothingToDecide(proposal));
  const { event: allowed, value } = proposal.allowed;
  const sealed = sealedOf(allowed);
  const refusal =
    forbidden(polls.guard, sealed, allowed, person, ballot) ??
    otherContent(sealed, digestOf(value), ballot) ??
    over(polls.open, proposal, allowed, now) ??
    wanting(allowed, ballot);
  if (refusal !== undefined) return refusal;
  const id = voteId(ballot, person);
  if (proposal.approvals.some(({ event }) => event.id === id)) return { outcome: "repeated", id, proposal, ballot };
  const denied = deniedNow(polls, sealed, proposal, person, ballot, now);
  if (denied !== undefined) return denied;
  const event = voteEvent(id, proposal.allowed, person, ballot, { nonce: polls.nonce(), at: now });
  return { outcome: "cast", event, proposal, ballot };
}

/** The same for the same person, decision and content: a request that is sent again is the same vote. */
function voteId({ digest, decision }: Ballot, person: Person): string {
  return stepId(digest, `vote/${personKey(person)}/${decision}`);
}

function nothingToDecide({ denied }: Proposal): string {
  return denied === undefined
    ? "Policy has not answered this draft yet, so there is nothing to decide. Ask again in some seconds."
    : "Policy denied this proposal, and nobody can vote for what policy denied.";
}

function forbidden(
  guard: Polls["guard"],
  sealed: Sealed | string,
  allowed: Allowed,
  person: Person,
  { decision }: Ballot,
): Refused | undefined {
  const below = outranked(allowed, person);
  // Whoever may count may always say no, and of what cannot be read the guard can be asked nothing.
  if (below !== undefined || decision === "reject" || typeof sealed === "string") return below;
  return barred(guard, sealed, person);
}

function otherContent(sealed: Sealed | string, digest: string, ballot: Ballot): Refused | undefined {
  if (ballot.digest !== digest)
    return refused(
      409,
      "The digest is not that of this proposal, so you looked at other content. Nothing was recorded. Read it again and decide on that.",
    );
  return typeof sealed === "string" && ballot.decision === "approve" ? refused(409, sealed) : undefined;
}

function over(open: Codec["open"], proposal: Proposal, { lastMoment }: Allowed, now: number): Refused | undefined {
  const closed = closedAs(open, proposal);
  if (closed !== undefined) return closedRefusal(closed, proposal);
  return now >= lastMoment - LAST_MS ? tooLate() : undefined;
}

function wanting({ tier, confirmText }: Allowed, { decision, typed, reason }: Ballot): Refused | undefined {
  const isElevated = tier !== "one_ack";
  // Byte for byte: no trimming, no folding of case.
  if (decision === "approve" && isElevated && typed !== confirmText)
    return refused(422, `To approve this, type exactly ${confirmText}. Nothing was recorded.`);
  const isReasonless = (reason ?? "").trim() === "";
  if (isReasonless && (decision === "reject" || isElevated))
    return refused(
      422,
      `${decision === "reject" ? "A rejection" : "An approval of this"} needs a reason: say why in a sentence. Nothing was recorded.`,
    );
  return undefined;
}

function deniedNow(
  { guard, open }: Polls,
  sealed: Sealed | string,
  proposal: Proposal,
  person: Person,
  { decision, typed }: Ballot,
  now: number,
): Refused | undefined {
  if (decision === "reject" || typeof sealed === "string") return undefined;
  const verdict = verdictOf(open, proposal.approvals);
  const prior = verdict.state === "open" ? verdict.approvals.flatMap(({ event }) => event.vote?.person ?? []) : [];
  return deniedAsCast(guard, sealed, person, { typed, now, prior });
}

type Stamp = { readonly nonce: string; readonly at: number };

function voteEvent(
  id: string,
  { event, value, headers }: NonNullable<Proposal["allowed"]>,
  person: Person,
  ballot: Ballot,
  { nonce, at }: Stamp,
): Approval {
  const { incident, proposal, tier, approveBy } = event;
  const allowed = envelopeOf(value, headers);
  if (allowed === undefined) throw new Error("a verified proposal carries no signature");
  const { issuer, subject, name, roles, level } = person;
  const { digest, decision, typed = null, reason = null } = ballot;
  const vote = { decision, person: { issuer, subject, name, roles, level }, typed, reason, tier, nonce, approveBy };
  return { id, incident, proposal, digest, kind: "vote", allowed, vote, request: null, closing: null, at };
}
