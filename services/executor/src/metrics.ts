import { catalogue } from "@holdfast/actions";
import type { Metrics } from "@holdfast/service";
import type { Reported } from "./executor.ts";

export type Counted = { readonly reported: (outcome: Reported) => void; readonly waiting: (what: string) => void };

const STATES = ["started", "succeeded", "failed", "refused", "unknown"] as const;

export function measureExecutor(metrics: Metrics): Counted {
  const executions = metrics.counter(
    "holdfast_executions_total",
    "What the executor reported, by state; parked is a bundle that did not verify.",
    ["state", "action"],
  );
  const waits = metrics.counter(
    "holdfast_executor_waits_total",
    "Times that something had to be asked again, by what it was.",
    ["what"],
  );
  // A rate needs a zero to rise from.
  for (const action of catalogue.keys()) for (const state of STATES) executions.inc({ state, action }, 0);
  executions.inc({ state: "parked", action: "none" }, 0);
  return { reported: ({ state, action }) => executions.inc({ state, action }), waiting: (what) => waits.inc({ what }) };
}
