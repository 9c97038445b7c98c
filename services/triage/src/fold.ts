import type { Delivery } from "@holdfast/bus";
import type { Topic } from "@holdfast/schemas";
import type { State } from "./state.ts";

/** The topics that make the state. */
export const VIEWED = [
  "alerts",
  "incidents",
  "analyses",
  "proposals.drafted",
  "executions",
] as const satisfies readonly Topic[];

export function fold(state: State, delivery: Delivery<(typeof VIEWED)[number]>): void {
  switch (delivery.topic) {
    case "alerts":
      return state.foldAlert(delivery.event, delivery.offset);
    case "incidents":
      return state.foldIncident(delivery.event, delivery.time);
    case "analyses":
      return state.foldAnalysis(delivery.event, delivery.time);
    case "proposals.drafted":
      return state.foldDraft(delivery.event);
    case "executions":
      return state.foldExecution(delivery.event, delivery.time);
  }
}
