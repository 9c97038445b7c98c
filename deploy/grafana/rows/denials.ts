import { bars, ladder, lines, type Row } from "../panels.ts";

export const denials: Row = {
  title: "What is denied",
  panels: [
    lines(
      {
        title: "Denial rate by environment",
        says: "Of what was drafted in the last 15 minutes, the share that policy refused. Denials change nothing; above a half they mean that what proposes and what decides do not fit. Runbook: HoldfastDenialSpike.",
        width: 8,
      },
      "percentunit",
      [["holdfast:denials:ratio15m", "{{environment}}"]],
    ).max(1),
    bars(
      {
        title: "Denials by rule, in 5 minutes",
        says: "Which rules say no; one denial may count under several. A freeze or a window that is not meant is mended in config/windows.yaml, a namespace that is not prod in config/environments.yaml. `misnamed` and `claims-a-person` are an intrusion.",
        width: 8,
      },
      "none",
      [["sum by (rule) (holdfast:denials:increase5m) > 0", "{{rule}}"]],
    ),
    ladder(
      {
        title: "Denied by action and environment",
        says: "What was wanted and refused in the time shown. An action called `other` is none of the catalogue: triage would never write it.",
        width: 8,
      },
      "none",
      [
        [
          'sum by (action, environment) (increase(holdfast_decisions_total{verdict="denied"}[$__range])) > 0',
          "{{action}} in {{environment}}",
        ],
      ],
    ),
  ],
};
