import { bars, ladder, type Ask, type Row } from "../panels.ts";

const counted = (selector: string): string => `sum(increase(${selector}[$__range]))`;

const STEPS: readonly Ask[] = [
  [counted('holdfast_intake_alerts_total{status="firing"}'), "alerts"],
  [counted('holdfast_incidents_total{change="opened"}'), "incidents"],
  [counted("holdfast_decisions_total"), "drafted"],
  [counted('holdfast_decisions_total{verdict="allowed"}'), "allowed"],
  [counted('holdfast_verdicts_total{verdict="approved"}'), "approved"],
  [counted('holdfast_executions_total{state="started"}'), "started"],
  [counted('holdfast_executions_total{state="succeeded"}'), "succeeded"],
];

export const funnel: Row = {
  title: "From alert to execution",
  panels: [
    ladder(
      {
        title: "The funnel",
        says: "How many came as far as each step, in the time shown. Many alerts and few incidents is triage at work. Few drafts means that no signature knows what is wrong; much less approved than allowed means that people do not answer, or do not agree.",
        width: 8,
      },
      "none",
      STEPS,
    ),
    ladder(
      {
        title: "Time in each state, nine of ten",
        says: "Drafted is policy's work and takes seconds; open is people; approved is the wait for audit's receipt and the claim; started is sending and settling. Long in approved: look at the log's row.",
        width: 8,
      },
      "s",
      ["drafted", "open", "approved", "started"].map((state): Ask => [
        `histogram_quantile(0.9, sum by (le) (increase(holdfast_proposal_state_seconds_bucket{state="${state}"}[$__range])))`,
        state,
      ]),
    ).decimals(1),
    bars(
      {
        title: "Outcomes",
        says: "What the executor reported. Refused changed nothing: the object was no longer what people had approved (Runbook: HoldfastExecutorRefusals). Unknown needs a person at once.",
        width: 8,
      },
      "none",
      [['sum by (state) (increase(holdfast_executions_total{state!="started"}[$__rate_interval])) > 0', "{{state}}"]],
    ),
  ],
};
