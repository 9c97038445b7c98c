import type { Delivery } from "@holdfast/bus";
import { openProposals, type Proposal, type Proposals, type ProposalTopic } from "@holdfast/proposals";

/** Everything that policy knows: a fold of topics, which it never acknowledges and so never forgets. */
export type Knowledge = {
  readonly proposals: Proposals;
  /** Those that were allowed on it. */
  readonly ofSubject: (subject: string) => readonly Proposal[];
  readonly isClosed: (incident: string) => boolean;
  readonly fold: (delivery: Delivery<"incidents" | ProposalTopic>) => void;
};

export function openKnowledge(): Knowledge {
  const proposals = openProposals();
  const closed = new Set<string>();
  const onSubject = new Map<string, Set<string>>();
  return {
    proposals,
    ofSubject: (subject) => [...(onSubject.get(subject) ?? [])].flatMap((id) => proposals.get(id) ?? []),
    isClosed: (incident) => closed.has(incident),
    fold: (delivery) => {
      if (delivery.topic !== "incidents") proposals.fold(delivery);
      else if (delivery.event.change === "closed") closed.add(delivery.event.incident);
      if (delivery.topic !== "proposals.allowed") return;
      const { proposal, plan } = delivery.event;
      onSubject.set(plan.subject, (onSubject.get(plan.subject) ?? new Set()).add(proposal));
    },
  };
}
