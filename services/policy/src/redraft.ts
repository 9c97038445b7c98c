import { nextOf, outcomeOf, whyNot, type Proposal } from "@holdfast/proposals";
import { decode, encode, type Approval, type Codec, type Drafted } from "@holdfast/schemas";
import type { Draft } from "./decision.ts";

/** What a person's request leads to: a draft that policy plans like any other, or nothing where there is nothing to plan. */
export type Redraft =
  | { readonly outcome: "draft"; readonly draft: Draft }
  | { readonly outcome: "nothing"; readonly why: string };

type Clock = { readonly now: number; readonly settleMs: number };

/** Pure, and the same draft for the same request: its id is made of the first draft's and the request's. */
export function redraft(
  open: Codec["open"],
  { id, request }: Approval,
  proposal: Proposal | undefined,
  clock: Clock,
): Redraft {
  if (request === null || proposal?.allowed === undefined)
    return { outcome: "nothing", why: "there is no plan that it is about" };
  const why = whyNot(open, proposal, request.wants, clock);
  if (why !== undefined) return { outcome: "nothing", why };
  const first = decode("proposals.drafted", proposal.allowed.event.draft);
  const made = { id: nextOf(proposal.allowed.event, id), now: clock.now };
  if (request.wants === "back_out") return drafted(undoing(first, proposal, request, made));
  return drafted({ ...first, id: made.id, proposal: made.id, replanOf: proposal.id, at: made.now });
}

function drafted(event: Drafted): Redraft {
  return { outcome: "draft", draft: { event, value: encode("proposals.drafted", event) } };
}

function undoing(
  first: Drafted,
  { id, allowed, executions }: Proposal,
  { person, reason }: NonNullable<Approval["request"]>,
  made: { readonly id: string; readonly now: number },
): Drafted {
  const outcome = outcomeOf(executions);
  const action = allowed?.event.plan.backOut.action ?? { action: "", arguments: [] };
  const says = `${allowed?.event.plan.action} ${outcome?.state}: ${outcome?.because}`;
  return {
    ...first,
    ...action,
    id: made.id,
    proposal: made.id,
    by: "person",
    author: person.name,
    because: `${person.name} asks to undo it${reason === null ? "." : `: ${reason}`}`,
    words: "",
    confidence: 100,
    evidence: [
      {
        id: "e1",
        source: "executions",
        query: `the outcome of ${id}`,
        readAt: outcome?.at ?? made.now,
        says,
        outsideWritable: false,
      },
    ],
    replanOf: null,
    backOutOf: id,
    at: made.now,
  };
}

/** A back-out outlives the incident that it came from. */
export function isBackOut({ allowed }: Proposal): boolean {
  return allowed !== undefined && decode("proposals.drafted", allowed.event.draft).backOutOf !== null;
}
