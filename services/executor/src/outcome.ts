import type { Delivery } from "@holdfast/bus";
import { stepId, type Bundle, type Execution, type ExecutionState } from "@holdfast/schemas";

export type Outcome = {
  readonly state: Exclude<ExecutionState, "UNKNOWN">;
  readonly because: string;
  readonly observed?: Execution["observed"];
  readonly answer?: Execution["answer"];
};

/** What the executor says of one proposal. Each state has an id of its own, so saying it twice is saying it once. */
export function executionEvent(
  bundle: Bundle,
  approved: Delivery<"proposals.approved">,
  outcome: Outcome,
  by: { readonly executor: string; readonly policyDigest: string; readonly at: number },
): Execution {
  const { proposal, incident } = bundle.approved;
  const { action, target, backOut } = bundle.allowed.plan;
  const changed = outcome.state === "succeeded" || outcome.state === "failed" || outcome.state === "unknown";
  return {
    id: stepId(proposal, `execution/${outcome.state}`),
    incident,
    proposal,
    digest: bundle.digest,
    state: outcome.state,
    because: outcome.because,
    approved: { partition: approved.partition, offset: approved.offset },
    executor: by.executor,
    action,
    target,
    observed: outcome.observed ?? [],
    backOut: changed ? backOut : null,
    answer: outcome.answer ?? null,
    policyDigest: by.policyDigest,
    at: by.at,
  };
}
