import { lines, type Row } from "../panels.ts";

export const log: Row = {
  title: "The log",
  panels: [
    lines(
      {
        title: "Growth, and what is verified",
        says: "Entries of the audit log, and those of the last checkpoint that audit verified from the first entry on. The second follows the first within minutes. Runbook: HoldfastAuditNotVerifying.",
        width: 8,
      },
      "short",
      [
        ["max(holdfast_audit_log_entries)", "entries"],
        ["max(holdfast_audit_verified_entries)", "verified"],
      ],
    ),
    lines(
      {
        title: "From the bus into the log",
        says: "How long records take until a signed checkpoint covers them. The executor waits for it before it acts. Runbook: HoldfastAuditBehind.",
        width: 8,
      },
      "s",
      [
        [
          "histogram_quantile(0.5, sum by (le) (rate(holdfast_audit_append_lag_seconds_bucket[$__rate_interval])))",
          "half of them",
        ],
        [
          "histogram_quantile(0.99, sum by (le) (rate(holdfast_audit_append_lag_seconds_bucket[$__rate_interval])))",
          "99 of 100",
        ],
      ],
    ),
    lines(
      {
        title: "Behind, missing, broken",
        says: "Records that wait for the log; gaps that it had to record; verifications that failed. The last two are never anything but 0. Runbooks: HoldfastAuditBehind, HoldfastAuditGap, HoldfastAuditNotVerifying.",
        width: 8,
      },
      "none",
      [
        ["max(holdfast_audit_behind_records)", "behind"],
        ["sum(holdfast_audit_gaps_total)", "gaps"],
        ["sum(holdfast_audit_verify_failures_total)", "failed verifications"],
      ],
    ),
  ],
};
