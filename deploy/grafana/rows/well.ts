import { BAD_FROM_ONE, number, type Row } from "../panels.ts";

export const well: Row = {
  title: "Is it well?",
  panels: [
    number(
      {
        title: "Services down",
        says: "Services that Prometheus cannot read. Work for them waits on the bus and is not lost. Runbook: HoldfastServiceDown.",
        width: 3,
      },
      ['count(up{job="holdfast"} == 0) or vector(0)', ""],
      "none",
      BAD_FROM_ONE,
    ),
    number(
      {
        title: "Checks failing",
        says: "Checks of /readyz that no instance passes. Ask that service's /readyz: it says why in a sentence. Runbook: HoldfastServiceNotReady.",
        width: 3,
      },
      ["count(max by (service, check) (holdfast_ready) == 0) or vector(0)", ""],
      "none",
      BAD_FROM_ONE,
    ),
    number(
      {
        title: "Alerts firing",
        says: "Holdfast's own alerts that fire now. Each has a page in docs/runbook.",
        width: 3,
      },
      ['count(ALERTS{alertstate="firing", holdfast="self"}) or vector(0)', ""],
      "none",
      BAD_FROM_ONE,
    ),
    number(
      {
        title: "Open approvals",
        says: "Proposals that wait for people: npx --no holdfast review.",
        width: 3,
      },
      ['max(holdfast_proposals{state="open"})', ""],
      "none",
      [
        [null, "green"],
        [1, "blue"],
      ],
    ),
    number(
      {
        title: "Oldest open",
        says: "How long the oldest waits. It expires after 15 or 30 minutes, and silence is never an approval. Runbook: HoldfastApprovalsWaiting.",
        width: 3,
      },
      ["max(holdfast_proposals_oldest_open_seconds)", ""],
      "s",
      [
        [null, "green"],
        [300, "yellow"],
        [600, "red"],
      ],
    ),
    number(
      {
        title: "Unknown outcomes",
        says: "Approved changes of which nobody knows whether they happened. A person must look at the object. Runbook: HoldfastOutcomeUnknown.",
        width: 3,
      },
      ['max(holdfast_proposals{state="unknown"})', ""],
      "none",
      BAD_FROM_ONE,
    ),
    number(
      {
        title: "Dead letters",
        says: "Records that some consumer could not take; their incidents are held. Runbook: HoldfastDeadLetters.",
        width: 3,
      },
      ["max(holdfast_dead_letters)", ""],
      "none",
      BAD_FROM_ONE,
    ),
    number(
      {
        title: "Log verified",
        says: "How long ago audit verified its whole published log. Runbook: HoldfastAuditNotVerifying.",
        width: 3,
      },
      ["time() - max(holdfast_audit_verified_timestamp_seconds)", ""],
      "s",
      [
        [null, "green"],
        [600, "yellow"],
        [1800, "red"],
      ],
    ),
  ],
};
