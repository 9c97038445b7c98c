import { isOpen } from "@holdfast/proposals";
import type { Metrics } from "@holdfast/service";
import type { Knowledge } from "./knowledge.ts";
import type { Counted } from "./poll.ts";

export type Measured = { readonly counted: Counted; readonly watch: (knowledge: Knowledge) => void };

export function measureApproval(metrics: Metrics): Measured {
  const votes = metrics.counter("holdfast_votes_total", "Votes that were asked for, by the status of the answer.", [
    "decision",
    "tier",
    "status",
  ]);
  const waiting = (knowledge: Knowledge): readonly number[] =>
    [...knowledge.proposals.all()].filter(isOpen).map(({ allowed }) => allowed?.time ?? 0);
  return {
    counted: (decision, tier, status) => votes.inc({ decision, tier, status: String(status) }),
    watch: (knowledge) => {
      metrics.gauge("holdfast_inbox_open", "Proposals in the inbox that wait for people.", [], (gauge) =>
        gauge.set(waiting(knowledge).length),
      );
      metrics.gauge(
        "holdfast_inbox_oldest_open_seconds",
        "Age of the oldest of them; 0 where none waits.",
        [],
        (gauge) => {
          gauge.set((Date.now() - Math.min(...waiting(knowledge), Date.now())) / 1000);
        },
      );
    },
  };
}
