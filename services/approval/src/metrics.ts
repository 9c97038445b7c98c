import { isOpen } from "@holdfast/proposals";
import type { Metrics } from "@holdfast/service";
import type { Knowledge } from "./knowledge.ts";
import type { Took } from "./attention.ts";
import type { Counted } from "./poll.ts";

export type Measured = {
  readonly counted: Counted;
  readonly took: Took;
  readonly watch: (knowledge: Knowledge) => void;
};

/** Under 3 s nobody has read what a change touches. */
const REVIEW_SECONDS = [1, 3, 5, 10, 30, 60, 120, 300, 900, 1800];

export function measureApproval(metrics: Metrics, people: readonly { readonly subject: string }[]): Measured {
  const votes = metrics.counter("holdfast_votes_total", "Votes that were asked for, by the status of the answer.", [
    "decision",
    "tier",
    "status",
  ]);
  const reviews = metrics.histogram(
    "holdfast_review_seconds",
    "From when a proposal was first shown to the person until their vote; 0 where they never opened it.",
    ["person", "decision"],
    REVIEW_SECONDS,
  );
  // A rate needs a zero to rise from.
  for (const decision of ["approve", "reject"]) {
    for (const tier of ["one-ack", "typed", "two-people"]) votes.inc({ decision, tier, status: "201" }, 0);
    for (const { subject } of people) reviews.zero({ person: subject, decision });
  }
  const waiting = (knowledge: Knowledge): readonly number[] =>
    [...knowledge.proposals.all()].filter(isOpen).map(({ allowed }) => allowed?.time ?? 0);
  return {
    counted: (decision, tier, status) => votes.inc({ decision, tier, status: String(status) }),
    took: (person, decision, seconds) => reviews.observe({ person, decision }, seconds),
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
