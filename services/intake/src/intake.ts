import type { Bus } from "@holdfast/bus";
import type { Alert, Cause } from "@holdfast/schemas";
import { within, type Log, type Metrics } from "@holdfast/service";
import type { Reason } from "./refusal.ts";

/** Below the time that an Alertmanager gives a receiver. */
const PUBLISH_MS_MAX = 8_000;

/** What both ways in need. */
export type Intake = {
  readonly bus: Pick<Bus, "publish">;
  readonly log: Log;
  readonly now: () => number;
  readonly counts: Counts;
};

export type Counts = {
  readonly accepted: (alert: Alert) => void;
  readonly refused: (reason: Reason) => void;
  readonly truncated: (alerts: number) => void;
  readonly published: (seconds: number) => void;
};

export function openCounts(metrics: Metrics): Counts {
  const accepted = metrics.counter("holdfast_intake_alerts_total", "Alerts that are durable on the bus.", [
    "status",
    "via",
  ]);
  const refused = metrics.counter("holdfast_intake_refusals_total", "Notifications that were not taken.", ["reason"]);
  const truncated = metrics.counter(
    "holdfast_intake_truncated_alerts_total",
    "Alerts that Alertmanager left out of its notifications.",
  );
  const seconds = metrics.histogram(
    "holdfast_intake_publish_seconds",
    "How long all alerts of one notification took to be durable.",
  );
  // A rate needs a zero to rise from.
  for (const status of ["firing", "resolved"]) for (const via of ["webhook", "poll"]) accepted.inc({ status, via }, 0);
  return {
    accepted: ({ status, via }) => accepted.inc({ status, via }),
    refused: (reason) => refused.inc({ reason }),
    truncated: (alerts) => truncated.inc(alerts),
    published: (took) => seconds.observe(took),
  };
}

/** Resolves only when every alert is durable. Those that already are may be published again: their ids are the same. */
export async function publishAll({ bus, counts }: Intake, alerts: readonly Alert[], cause?: Cause): Promise<void> {
  const start = performance.now();
  await within(PUBLISH_MS_MAX, `The bus did not take the alerts within ${PUBLISH_MS_MAX / 1000} s.`, () =>
    Promise.all(alerts.map((alert) => bus.publish("alerts", alert.fingerprint, alert, cause))),
  );
  counts.published((performance.now() - start) / 1000);
  alerts.forEach(counts.accepted);
}
