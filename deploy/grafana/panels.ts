import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** The few kinds of panel that the board is made of, so that all of one kind look alike. */

export type Row = { readonly title: string; readonly panels: readonly Builder<dashboard.Panel>[] };

/** `says` is what the panel means and what to do about it. */
export type Told = { readonly title: string; readonly says: string; readonly width: number; readonly height?: number };
/** An expression, and what its series are called. */
export type Ask = readonly [expr: string, legend: string];
export type Threshold = readonly [from: number | null, color: string];

const CALM: readonly Threshold[] = [[null, "green"]];
export const BAD_FROM_ONE: readonly Threshold[] = [
  [null, "green"],
  [1, "red"],
];

const SOURCE = { type: "prometheus", uid: "${source}" };
const HEIGHT = 8;

export function asked([expr, legend]: Ask, at: number): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder()
    .refId(String.fromCharCode("A".charCodeAt(0) + at))
    .expr(expr)
    .legendFormat(legend);
}

/** One number, large. */
export function number(told: Told, ask: Ask, unit: string, thresholds: readonly Threshold[]): stat.PanelBuilder {
  return placed(new stat.PanelBuilder(), { height: 4, ...told })
    .withTarget(asked(ask, 0).instant())
    .unit(unit)
    .decimals(0)
    .thresholds(steps(thresholds))
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .noValue("none");
}

/** What moves over time. */
export function lines(told: Told, unit: string, asks: readonly Ask[]): timeseries.PanelBuilder {
  return series(told, unit, asks).lineWidth(2).fillOpacity(10).lineInterpolation(common.LineInterpolation.StepAfter);
}

/** How often something happened, by what it was. */
export function bars(told: Told, unit: string, asks: readonly Ask[]): timeseries.PanelBuilder {
  return series(told, unit, asks)
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
}

/** Things side by side, over the whole time that the board shows. */
export function ladder(told: Told, unit: string, asks: readonly Ask[]): bargauge.PanelBuilder {
  return asks.reduce(
    (panel, ask, at) => panel.withTarget(asked(ask, at).instant()),
    placed(new bargauge.PanelBuilder(), told)
      .unit(unit)
      .min(0)
      .decimals(0)
      .thresholds(steps([[null, "blue"]]))
      .orientation(common.VizOrientation.Horizontal)
      .displayMode(common.BarGaugeDisplayMode.Basic)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
      .noValue("none"),
  );
}

function series(told: Told, unit: string, asks: readonly Ask[]): timeseries.PanelBuilder {
  return asks.reduce(
    (panel, ask, at) => panel.withTarget(asked(ask, at).range()),
    placed(new timeseries.PanelBuilder(), told)
      .unit(unit)
      .min(0)
      .thresholds(steps(CALM))
      .legend(
        new common.VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom),
      )
      .tooltip(
        new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
      ),
  );
}

export function steps(thresholds: readonly Threshold[]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(thresholds.map(([value, color]) => ({ value, color })));
}

/** Several queries of one table are joined by their label. */
export function tableOf(expr: string, at: number): Builder<Dataquery> {
  return asked([expr, ""], at).instant().format(prometheus.PromQueryFormat.Table);
}

type Placeable<P> = {
  readonly title: (title: string) => P;
  readonly description: (says: string) => P;
  readonly span: (width: number) => P;
  readonly height: (height: number) => P;
  readonly datasource: (source: common.DataSourceRef) => P;
};

export function placed<P extends Placeable<P>>(panel: P, { title, says, width, height = HEIGHT }: Told): P {
  return panel.title(title).description(says).span(width).height(height).datasource(SOURCE);
}
