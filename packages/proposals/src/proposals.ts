import type { Delivery } from "@holdfast/bus";
import type { Execution } from "@holdfast/schemas";
import { isOwnId } from "./own-id.ts";

/** One proposal as its records say. The first record of each kind is the one: views drop later ones of the same id. */
export type Proposal = {
  readonly id: string;
  readonly incident: string;
  drafted?: Delivery<"proposals.drafted">;
  allowed?: Delivery<"proposals.allowed">;
  denied?: Delivery<"proposals.denied">;
  approved?: Delivery<"proposals.approved">;
  rejected?: Delivery<"proposals.rejected">;
  readonly approvals: Delivery<"approvals">[];
  readonly executions: Execution[];
};

/** The topics that the fold is over. */
export const PROPOSAL_TOPICS = [
  "proposals.drafted",
  "proposals.allowed",
  "proposals.denied",
  "approvals",
  "proposals.approved",
  "proposals.rejected",
  "executions",
] as const;

export type ProposalTopic = (typeof PROPOSAL_TOPICS)[number];

/** Every proposal, in the order of its first record. */
export type Proposals = {
  readonly all: () => Iterable<Proposal>;
  readonly get: (id: string) => Proposal | undefined;
  readonly ofIncident: (incident: string) => readonly Proposal[];
  readonly fold: (delivery: Delivery<ProposalTopic>) => void;
};

export function openProposals(): Proposals {
  const proposals = new Map<string, Proposal>();
  const ofIncidents = new Map<string, Proposal[]>();
  const at = (id: string, incident: string): Proposal => {
    const known = proposals.get(id);
    if (known !== undefined && (known.incident === incident || !isOnlyDrafted(known))) return known;
    // Nobody signs a draft: which incident a proposal belongs to is for the first signed record to say.
    if (known !== undefined)
      ofIncidents.set(
        known.incident,
        (ofIncidents.get(known.incident) ?? []).filter((each) => each !== known),
      );
    const proposal: Proposal = { ...known, id, incident, approvals: [], executions: [] };
    proposals.set(id, proposal);
    ofIncidents.set(incident, [...(ofIncidents.get(incident) ?? []), proposal]);
    return proposal;
  };
  return {
    all: () => proposals.values(),
    get: (id) => proposals.get(id),
    ofIncident: (incident) => ofIncidents.get(incident) ?? [],
    fold: (delivery) => {
      if (delivery.topic === "proposals.drafted" && !isOwnId(delivery.event)) return;
      place(at(delivery.event.proposal, delivery.event.incident), delivery);
    },
  };
}

function isOnlyDrafted({
  id: _id,
  incident: _incident,
  drafted: _drafted,
  approvals,
  executions,
  ...signed
}: Proposal): boolean {
  return approvals.length === 0 && executions.length === 0 && Object.keys(signed).length === 0;
}

function place(proposal: Proposal, delivery: Delivery<ProposalTopic>): void {
  switch (delivery.topic) {
    case "proposals.drafted":
      proposal.drafted = delivery;
      return;
    case "proposals.allowed":
      proposal.allowed = delivery;
      return;
    case "proposals.denied":
      proposal.denied = delivery;
      return;
    case "approvals":
      proposal.approvals.push(delivery);
      return;
    case "proposals.approved":
      proposal.approved = delivery;
      return;
    case "proposals.rejected":
      proposal.rejected = delivery;
      return;
    case "executions":
      proposal.executions.push(delivery.event);
      return;
  }
}
