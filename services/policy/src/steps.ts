import type { Delivery } from "@holdfast/bus";
import { isOutcome, type Proposal, type ProposalTopic } from "@holdfast/proposals";

/** How long a proposal was in the state that a record ends, by the broker's time. */
export type Left = { readonly state: "drafted" | "open" | "approved" | "started"; readonly seconds: number };

/** How the people, the clock or the incident ended what was open. */
export type Verdict = {
  readonly verdict: "approved" | "rejected" | "expired" | "withdrawn" | "superseded";
  readonly environment: string;
};

/** @param proposal as it was before the record. */
export function leftBy(
  delivery: Delivery<"incidents" | ProposalTopic>,
  proposal: Proposal | undefined,
): Left | undefined {
  const since = (state: Left["state"], from: number | undefined, until = delivery.time): Left | undefined =>
    from === undefined ? undefined : { state, seconds: Math.max(0, until - from) / 1000 };
  switch (delivery.topic) {
    case "proposals.allowed":
    case "proposals.denied":
      return since("drafted", proposal?.drafted?.time);
    case "proposals.approved":
    case "proposals.rejected":
      return since("open", proposal?.allowed?.time);
    case "executions": {
      const known = proposal?.executions ?? [];
      if (known.some(isOutcome)) return undefined; // what replaces an outcome ends no state
      const started = known.find(({ state }) => state === "started");
      return started === undefined
        ? since("approved", proposal?.approved?.time)
        : since("started", started.at, delivery.event.at);
    }
    case "incidents":
    case "proposals.drafted":
    case "approvals":
      return undefined;
  }
}

export function verdictIn(
  delivery: Delivery<"incidents" | ProposalTopic>,
  proposal: Proposal | undefined,
): Verdict | undefined {
  const environment = proposal?.allowed?.event.plan.environment ?? "UNKNOWN";
  if (delivery.topic === "proposals.approved") return { verdict: "approved", environment };
  if (delivery.topic !== "proposals.rejected") return undefined;
  if (delivery.event.by !== "closing") return { verdict: "rejected", environment };
  const kind = proposal?.approvals.findLast(({ event }) => event.closing !== null)?.event.closing?.closing;
  return { verdict: kind === undefined || kind === "UNKNOWN" ? "expired" : kind, environment };
}
