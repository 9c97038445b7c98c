import type { Delivery } from "@holdfast/bus";
import { openProposals, type Proposals, type ProposalTopic } from "@holdfast/proposals";

/** Everything that policy knows: a fold of topics, which it never acknowledges and so never forgets. */
export type Knowledge = {
  readonly proposals: Proposals;
  readonly isClosed: (incident: string) => boolean;
  readonly fold: (delivery: Delivery<"incidents" | ProposalTopic>) => void;
};

export function openKnowledge(): Knowledge {
  const proposals = openProposals();
  const closed = new Set<string>();
  return {
    proposals,
    isClosed: (incident) => closed.has(incident),
    fold: (delivery) => {
      if (delivery.topic !== "incidents") proposals.fold(delivery);
      else if (delivery.event.change === "closed") closed.add(delivery.event.incident);
    },
  };
}
