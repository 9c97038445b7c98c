import { isOpen } from "@holdfast/proposals";
import type { Metrics } from "@holdfast/service";
import type { Decision } from "./policy.ts";
import type { Knowledge } from "./knowledge.ts";

export type Counted = {
  readonly decided: (decision: Decision) => void;
  readonly watch: (knowledge: Knowledge) => void;
};

/** The denial rate is `holdfast_decisions_total{verdict="denied"}` over all verdicts, by rule, action and environment. */
export function measurePolicy(metrics: Metrics): Counted {
  const labels = ["verdict", "action", "environment"] as const;
  const decisions = metrics.counter("holdfast_decisions_total", "Decisions on drafts.", labels);
  const denials = metrics.counter(
    "holdfast_denials_total",
    "Denials by each rule that denied; one decision may count under several.",
    ["rule", "action", "environment"],
  );
  const waiting = (knowledge: Knowledge): readonly number[] =>
    [...knowledge.proposals.all()].filter(isOpen).map(({ allowed }) => allowed?.time ?? 0);
  return {
    decided: ({ verdict, action, environment, rules }) => {
      decisions.inc({ verdict, action, environment });
      if (verdict !== "allowed") for (const rule of rules) denials.inc({ rule, action, environment });
    },
    watch: (knowledge) => {
      metrics.gauge("holdfast_proposals_open", "Proposals that wait for people.", [], (gauge) =>
        gauge.set(waiting(knowledge).length),
      );
      metrics.gauge("holdfast_proposals_oldest_open_seconds", "Age of the oldest of them.", [], (gauge) => {
        const oldest = Math.min(...waiting(knowledge), Date.now());
        gauge.set((Date.now() - oldest) / 1000);
      });
    },
  };
}
