import type { Delivery } from "@holdfast/bus";
import { openProposals, PROPOSAL_TOPICS, type Proposals } from "@holdfast/proposals";
import type { Alert, Analysis } from "@holdfast/schemas";

/** One incident as its records say, in order. */
export type Story = {
  readonly id: string;
  readonly changes: Delivery<"incidents">[];
  readonly analyses: Analysis[];
};

/** Everything that the door shows, folded from the topics. */
export type Knowledge = {
  readonly proposals: Proposals;
  readonly incidents: () => Iterable<Story>;
  readonly incident: (id: string) => Story | undefined;
  readonly alert: (id: string) => Alert | undefined;
  readonly fold: (delivery: Delivery<KnownTopic>) => void;
};

export const KNOWN_TOPICS = ["alerts", "incidents", "analyses", ...PROPOSAL_TOPICS] as const;
type KnownTopic = (typeof KNOWN_TOPICS)[number];

export function openKnowledge(): Knowledge {
  const proposals = openProposals();
  const incidents = new Map<string, Story>();
  const alerts = new Map<string, Alert>();
  const story = (id: string): Story => {
    const known = incidents.get(id) ?? { id, changes: [], analyses: [] };
    incidents.set(id, known);
    return known;
  };
  return {
    proposals,
    incidents: () => incidents.values(),
    incident: (id) => incidents.get(id),
    alert: (id) => alerts.get(id),
    fold: (delivery) => {
      switch (delivery.topic) {
        case "alerts":
          alerts.set(delivery.event.id, delivery.event);
          return;
        case "incidents":
          story(delivery.event.incident).changes.push(delivery);
          return;
        case "analyses":
          story(delivery.event.incident).analyses.push(delivery.event);
          return;
        case "proposals.drafted":
        case "proposals.allowed":
        case "proposals.denied":
        case "approvals":
        case "proposals.approved":
        case "proposals.rejected":
        case "executions":
          proposals.fold(delivery);
      }
    },
  };
}
