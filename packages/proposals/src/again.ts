import { decode, stepId, type Allowed, type Codec, type Request } from "@holdfast/schemas";
import { kept } from "./own-id.ts";
import type { Proposal } from "./proposals.ts";
import { stateOf } from "./state.ts";
import { verdictOf } from "./verdict-of.ts";

type Clock = { readonly now: number; readonly settleMs: number };

/**
 * Why a person's request leads to nothing, if it does: asked at the door when it is made, and by policy when it is read.
 * A person's no stands: what somebody rejected is not brought back by asking again.
 */
export function whyNot(
  open: Codec["open"],
  proposal: Proposal,
  wants: Request["wants"],
  { now, settleMs }: Clock,
): string | undefined {
  const { allowed } = proposal;
  if (allowed === undefined) return "there is no plan that it is about";
  const state = stateOf(open, proposal, now, settleMs);
  switch (wants) {
    case "replan":
      if (state === "rejected" && !isClosedByPolicy(open, proposal)) return "a person rejected it, and that stands";
      return ["open", "rejected", "refused", "failed"].includes(state)
        ? undefined
        : `a proposal that is ${state} is not planned anew`;
    case "back_out":
      if (!["succeeded", "failed", "unknown"].includes(state))
        return `a proposal that is ${state} changed nothing that could be undone`;
      return allowed.event.plan.backOut.action === null
        ? "nothing needs to be undone: the cluster restores it by itself"
        : undefined;
    case "UNKNOWN":
      return "it asks for something that this version does not know";
  }
}

/** The id of the proposal that a request leads to: made of the first draft's and the request's, and kept for it alone. */
export function nextOf({ draft }: Allowed, request: string): string {
  return kept(stepId(decode("proposals.drafted", draft).id, `request/${request}`));
}

function isClosedByPolicy(open: Codec["open"], { approvals, rejected }: Proposal): boolean {
  const verdict = verdictOf(open, approvals);
  return verdict.state === "rejected" ? verdict.deciding.event.kind === "closing" : rejected?.event.by === "closing";
}
