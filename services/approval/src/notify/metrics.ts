import type { Metrics } from "@holdfast/service";
import type { Due } from "./notice.ts";
import type { Sent, Target } from "./target.ts";

const EVENTS = ["opened", "expiring", "ended", "unknown"] as const satisfies readonly Due["event"][];
const FAILURES = ["timeout", "unreachable", "redirect", "throttled", "credential", "status", "refused"] as const;

type Counted = (target: string, event: Due["event"], sent: Sent) => void;

/** Counts what was told and what failed; the age of what waits is read at each scrape. */
export function countNotices(
  metrics: Pick<Metrics, "counter" | "gauge">,
  waiting: readonly { readonly target: Pick<Target, "name">; readonly due: () => readonly Due[] }[],
  now: () => number,
): Counted {
  const sent = metrics.counter("holdfast_notices_sent_total", "Messages that a target took, by what they said.", [
    "target",
    "event",
  ]);
  const failed = metrics.counter(
    "holdfast_notice_failures_total",
    "Attempts to tell somebody that failed; refused is a message that its target will never take.",
    ["target", "kind"],
  );
  // A rate needs a zero to rise from.
  for (const { target } of waiting) {
    for (const event of EVENTS) sent.inc({ target: target.name, event }, 0);
    for (const kind of FAILURES) failed.inc({ target: target.name, kind }, 0);
  }
  metrics.gauge(
    "holdfast_notices_oldest_unsent_seconds",
    "Age of the oldest message that its target was not told yet; 0 where none waits.",
    ["target"],
    (gauge) => {
      for (const { target, due } of waiting) {
        const oldest = Math.min(...due().map(({ at }) => at), now());
        gauge.set({ target: target.name }, (now() - oldest) / 1000);
      }
    },
  );
  return (target, event, outcome) => {
    if (outcome.outcome === "sent") sent.inc({ target, event });
    else failed.inc({ target, kind: outcome.outcome === "refused" ? "refused" : outcome.kind });
  };
}
