import { personKey, type Person } from "@holdfast/guard";
import { nextOf, whyNot, type Proposal } from "@holdfast/proposals";
import { digestOf, envelopeOf, stepId, type Approval, type Codec, type Request } from "@holdfast/schemas";
import { z } from "zod";
import { findProposal } from "./find.ts";
import { refused, type Refused } from "./refusal.ts";
import { outranked } from "./rights.ts";

/** What a person may ask policy to plan. */
export type Wants = Exclude<Request["wants"], "UNKNOWN">;

const REASON_MAX = 2_000;
const Asking = z.strictObject({ reason: z.string().max(REASON_MAX).optional() });

/** What a request leads to. `next` is the id of the proposal that policy plans for it. */
export type RequestAnswer =
  | Refused
  | { readonly outcome: "repeated"; readonly id: string; readonly next: string; readonly proposal: Proposal }
  | {
      readonly outcome: "asked";
      readonly id: string;
      readonly next: string;
      readonly proposal: Proposal;
      readonly event: Approval;
    };

export type Counter = {
  readonly open: Codec["open"];
  readonly settleMs: number;
  readonly all: () => Iterable<Proposal>;
  readonly find: (id: string) => Proposal | undefined;
};

type Asked = { readonly name: string; readonly wants: Wants; readonly body: unknown };

/**
 * Pure: a person asks for another plan of a proposal. Asking decides nothing: what policy plans goes through the same gate.
 *
 * INVARIANT: the order of the checks is part of the door: 401, 400, 404, 403, 409.
 */
export function requestOn(
  counter: Counter,
  person: Person | undefined,
  { name, wants, body }: Asked,
  now: number,
): RequestAnswer {
  if (person === undefined)
    return refused(401, "No approver has this token. Send yours as: Authorization: Bearer TOKEN.");
  const asking = Asking.safeParse(body ?? {});
  if (!asking.success)
    return refused(400, "A request to plan anew is a JSON object with a reason, or empty. Nothing was recorded.");
  const found = findProposal(counter.all(), name);
  if (found.outcome === "none")
    return refused(404, `There is no proposal ${name.slice(0, 100)}. GET /v1/proposals lists those that there are.`);
  if (found.outcome === "ambiguous")
    return refused(409, `${found.ids.length} proposals answer to ${name}. Name one by its whole id.`);
  const { proposal } = found;
  if (proposal.allowed === undefined)
    return refused(
      409,
      "Policy planned nothing here that could be planned anew: it denied this draft, or has not answered yet.",
    );
  const below = outranked(proposal.allowed.event, person);
  if (below !== undefined) return below;
  const why = whyNot(counter.open, proposal, wants, { now, settleMs: counter.settleMs });
  const { id, isNew } = requestId(counter, proposal, proposal.allowed, person, wants);
  const next = nextOf(proposal.allowed.event, id);
  // A request that stands on the record is answered as it was, whatever has become of the proposal since.
  if (!isNew) return { outcome: "repeated", id, next, proposal };
  if (why !== undefined) return refused(409, `This leads to nothing: ${why}. Nothing was recorded.`);
  const event = requestEvent(id, proposal.allowed, person, { wants, reason: asking.data.reason ?? null }, now);
  return { outcome: "asked", id, next, proposal, event };
}

/** The same for the same person and the same wish, until policy has denied what it led to: then it may be asked again. */
function requestId(
  { find }: Counter,
  { approvals }: Proposal,
  { event, value }: NonNullable<Proposal["allowed"]>,
  person: Person,
  wants: Wants,
): { readonly id: string; readonly isNew: boolean } {
  for (let time = 0; ; time += 1) {
    const id = stepId(digestOf(value), `request/${wants}/${personKey(person)}/${time}`);
    if (!approvals.some((known) => known.event.id === id)) return { id, isNew: true };
    if (find(nextOf(event, id))?.denied === undefined) return { id, isNew: false };
  }
}

function requestEvent(
  id: string,
  { event, value, headers }: NonNullable<Proposal["allowed"]>,
  { issuer, subject, name, roles, level }: Person,
  { wants, reason }: Pick<Request, "wants" | "reason">,
  at: number,
): Approval {
  const { incident, proposal } = event;
  const allowed = envelopeOf(value, headers);
  if (allowed === undefined) throw new Error("a verified proposal carries no signature");
  const request: Request = { wants, person: { issuer, subject, name, roles, level }, reason };
  return {
    id,
    incident,
    proposal,
    digest: digestOf(value),
    kind: "request",
    allowed,
    vote: null,
    request,
    closing: null,
    at,
  };
}
