import * as common from "@grafana/grafana-foundation-sdk/common";
import * as gauge from "@grafana/grafana-foundation-sdk/gauge";
import { asked, bars, lines, placed, steps, type Row } from "../panels.ts";

const share = placed(new gauge.PanelBuilder(), {
  title: "The day's budget",
  says: "Money that models took in the last 24 hours, of what they may. At 100% the signatures answer alone. No value: no model is configured. Runbook: HoldfastBudgetNearlySpent.",
  width: 4,
})
  .withTarget(asked(["holdfast:model_budget:spent_ratio", ""], 0).instant())
  .unit("percentunit")
  .decimals(0)
  .min(0)
  .max(1)
  .thresholds(
    steps([
      [null, "green"],
      [0.6, "yellow"],
      [0.8, "red"],
    ]),
  )
  .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
  .noValue("no model");

export const money: Row = {
  title: "Model and money",
  panels: [
    share,
    lines(
      {
        title: "Spent in 24 hours",
        says: "What the last 24 hours cost, what they may, and what is kept for investigations that run now. The limits are in config/models.yaml.",
        width: 6,
      },
      "currencyUSD",
      [["max by (part) (holdfast_model_day_usd)", "{{part}}"]],
    ),
    bars(
      {
        title: "Tokens",
        says: "By kind. Mostly cache_read is as it should be; without it prompts are not cached and cost ten times as much.",
        width: 7,
      },
      "short",
      [["sum by (kind) (increase(holdfast_model_tokens_total[$__rate_interval])) > 0", "{{kind}}"]],
    ),
    bars(
      {
        title: "How the model's analyses ended",
        says: "Provider_down and refused are no answer: the signatures' stands. Over_budget is a limit of ours. Runbook: HoldfastModelErrors.",
        width: 7,
      },
      "none",
      [
        [
          'sum by (outcome) (increase(holdfast_investigations_total{analyst="claude"}[$__rate_interval])) > 0',
          "{{outcome}}",
        ],
      ],
    ),
  ],
};
