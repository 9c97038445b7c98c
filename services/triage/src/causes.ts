import type { Delivery } from "@holdfast/bus";
import type { Cause } from "@holdfast/schemas";

/** The newest record of each open incident: what an analysis or a draft of it is caused by, and whose trace it continues. */
export type Causes = {
  readonly fold: (delivery: Delivery<"incidents">) => void;
  readonly of: (incident: string) => Cause | undefined;
};

export function openCauses(): Causes {
  const newest = new Map<string, Cause>();
  return {
    fold: ({ event, headers }) => {
      if (event.change === "closed") newest.delete(event.incident);
      else newest.set(event.incident, { headers, event: { id: event.id } });
    },
    of: (incident) => newest.get(incident),
  };
}
