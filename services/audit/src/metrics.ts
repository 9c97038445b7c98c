import type { Following, Raw } from "@holdfast/bus";
import type { Metrics } from "@holdfast/service";
import type { Recorder } from "./recorder.ts";
import type { Appended, Store } from "./store.ts";
import type { Verdict } from "./verifying.ts";

export type Counted = {
  readonly recorded: (batch: readonly Raw[], appended: Appended) => void;
  /** undefined where the files could not be read. */
  readonly verified: (verdict: Verdict | undefined) => void;
  readonly watch: (following: Pick<Following, "behind">) => void;
};

type Parts = { readonly store: Store; readonly recorder: Recorder; readonly now: () => number };

export function measureAudit(metrics: Metrics, { store, recorder, now }: Parts): Counted {
  const gaps = metrics.counter("holdfast_audit_gaps_total", "Gaps that were recorded: records missing from a topic.");
  const repeated = metrics.counter(
    "holdfast_audit_repeated_total",
    "Records that came again and stood in the log already.",
  );
  const lag = metrics.histogram(
    "holdfast_audit_append_lag_seconds",
    "From the broker's time of a record to the checkpoint that covers it.",
  );
  metrics.gauge("holdfast_audit_log_entries", "Entries in the audit log.", [], (gauge) => gauge.set(store.size()));
  metrics.gauge("holdfast_audit_checkpoint_age_seconds", "Time since the last checkpoint was signed.", [], (gauge) =>
    gauge.set((now() - recorder.checkpointAt()) / 1_000),
  );
  const failures = metrics.counter(
    "holdfast_audit_verify_failures_total",
    "Verifications of the published log that found damage, or could not read it.",
  );
  const verifiedAt = metrics.gauge(
    "holdfast_audit_verified_timestamp_seconds",
    "When the published log was last verified from its first entry on; 0 where it never was.",
  );
  const verifiedEntries = metrics.gauge(
    "holdfast_audit_verified_entries",
    "Entries of the last checkpoint that was verified.",
  );
  verifiedAt.set(0);
  verifiedEntries.set(0);
  return {
    recorded: (batch, appended) => {
      gaps.inc(appended.gaps.length);
      repeated.inc(appended.repeated);
      for (const { time } of batch) lag.observe(Math.max(0, now() - time) / 1_000);
    },
    watch: (following) => {
      metrics.gauge(
        "holdfast_audit_behind_records",
        "Records on the bus that the log does not hold yet.",
        [],
        async (gauge) => gauge.set(await following.behind()),
      );
    },
    verified: (verdict) => {
      if (verdict === undefined || verdict.outcome === "broken") return failures.inc();
      verifiedAt.set(now() / 1_000);
      verifiedEntries.set(verdict.outcome === "verified" ? verdict.size : 0);
    },
  };
}
