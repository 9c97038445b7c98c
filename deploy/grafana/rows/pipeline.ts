import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import { asked, lines, placed, type Row } from "../panels.ts";

const STATES = { "0": ["down", "red"], "1": ["not ready", "yellow"], "2": ["ready", "green"] } as const;

const health = placed(new statetimeline.PanelBuilder(), {
  title: "Each service",
  says: "Ready, running but not ready (its /readyz says why), or down. Runbooks: HoldfastServiceDown, HoldfastServiceNotReady.",
  width: 8,
})
  .withTarget(
    asked(
      ['(1 + min by (service) (holdfast_ready)) or max by (service) (up{job="holdfast"})', "{{service}}"],
      0,
    ).range(),
  )
  .mappings([
    {
      type: dashboard.MappingType.ValueToText,
      options: Object.fromEntries(
        Object.entries(STATES).map(([value, [text, color]], index) => [value, { text, color, index }]),
      ),
    },
  ])
  .mergeValues(true)
  .showValue(common.VisibilityMode.Never)
  .rowHeight(0.7)
  .fillOpacity(80);

export const pipeline: Row = {
  title: "Pipeline",
  panels: [
    health,
    lines(
      {
        title: "Waiting on the bus",
        says: "Records that a service has not worked off. A peak is a storm; a line that stays is work that is stuck.",
        width: 8,
      },
      "none",
      [["max by (group) (holdfast_bus_lag)", "{{group}}"]],
    ),
    lines(
      {
        title: "Longest work under way",
        says: "How long the oldest piece of work has been tried. Above five minutes it is stuck, and its incident waits. Runbook: HoldfastWorkStuck.",
        width: 8,
      },
      "s",
      [["max by (group) (holdfast_bus_oldest_unfinished_seconds)", "{{group}}"]],
    ),
  ],
};
