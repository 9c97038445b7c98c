import type { Bus, Delivery } from "@holdfast/bus";
import { openProposals, PROPOSAL_TOPICS, type Proposals } from "@holdfast/proposals";
import type { Alert, Analysis } from "@holdfast/schemas";
import { openParked, type Parked } from "./parked.ts";

/** One incident as its records say, in order. */
export type Story = {
  readonly id: string;
  readonly changes: Delivery<"incidents">[];
  readonly analyses: Analysis[];
};

/** Everything that the door shows, folded from the topics. */
export type Knowledge = {
  readonly proposals: Proposals;
  readonly parked: Parked;
  readonly incidents: () => Iterable<Story>;
  readonly incident: (id: string) => Story | undefined;
  readonly alert: (id: string) => Alert | undefined;
  readonly fold: (delivery: Delivery<KnownTopic>) => void;
};

export const KNOWN_TOPICS = ["alerts", "incidents", "analyses", ...PROPOSAL_TOPICS, "dead-letters"] as const;
type KnownTopic = (typeof KNOWN_TOPICS)[number];

export function openKnowledge(bus: Pick<Bus, "recordsAt" | "publish">): Knowledge {
  const parked = openParked(bus);
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
    parked,
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
        case "dead-letters":
          return parked.fold(delivery.event);
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
