import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as table from "@grafana/grafana-foundation-sdk/table";
import { bars, lines, placed, steps, tableOf, type Row } from "../panels.ts";

const QUERIES = [
  "sum by (person) (increase(holdfast_review_seconds_count[$__range])) > 0",
  "histogram_quantile(0.5, sum by (person, le) (increase(holdfast_review_seconds_bucket[$__range])))",
  'sum by (person) (increase(holdfast_review_seconds_bucket{le=~"3|3.0"}[$__range])) / (sum by (person) (increase(holdfast_review_seconds_count[$__range])) > 0)',
];
const UNDER = "under 3 s";

const who = QUERIES.reduce(
  (panel, expr, at) => panel.withTarget(tableOf(expr, at)),
  placed(new table.PanelBuilder(), {
    title: "Who decides, and how fast",
    says: "From when a proposal was first shown to a person until their vote. Nobody reads what a change touches in under three seconds: a high share is fatigue, or a proposal that did not need a person. Talk with them; widen the team, or let a rule deny what is always waved through.",
    width: 8,
  }),
)
  .withTransformation({ id: "joinByField", options: { byField: "person", mode: "outer" } })
  .withTransformation({
    id: "organize",
    options: {
      excludeByName: { Time: true, "Time 1": true, "Time 2": true, "Time 3": true },
      renameByName: { "Value #A": "votes", "Value #B": "median", "Value #C": UNDER },
    },
  })
  .thresholds(steps([[null, "green"]]))
  .overrideByName("votes", [{ id: "decimals", value: 0 }])
  .overrideByName("median", [
    { id: "unit", value: "s" },
    { id: "decimals", value: 1 },
  ])
  .overrideByName(UNDER, [
    { id: "unit", value: "percentunit" },
    { id: "decimals", value: 0 },
    { id: "custom.cellOptions", value: { type: "color-text" } },
    {
      id: "thresholds",
      value: {
        mode: dashboard.ThresholdsMode.Absolute,
        steps: [
          { value: null, color: "green" },
          { value: 0.2, color: "yellow" },
          { value: 0.5, color: "red" },
        ],
      },
    },
  ]);

export const people: Row = {
  title: "People",
  panels: [
    lines(
      {
        title: "Proposals that are not finished",
        says: "Open waits for people, approved and started for the executor. A line that does not come down again is somebody's work: npx --no holdfast proposals --state open.",
        width: 8,
      },
      "none",
      [['max by (state) (holdfast_proposals{state!="unknown"})', "{{state}}"]],
    ),
    bars(
      {
        title: "How proposals ended",
        says: "Approved and rejected are people. Expired is nobody: see who is told, and who may answer. Withdrawn is an incident that closed by itself; superseded was planned anew.",
        width: 8,
      },
      "none",
      [["sum by (verdict) (increase(holdfast_verdicts_total[$__rate_interval])) > 0", "{{verdict}}"]],
    ),
    who,
  ],
};
