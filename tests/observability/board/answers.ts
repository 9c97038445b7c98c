import { board } from "../../../deploy/grafana/board.ts";
import type { Prometheus, Series, Span } from "./prometheus.ts";

/** A panel as it stands in the board, with what Prometheus answers to each of its queries. */
export type Panel = {
  readonly title: string;
  readonly type: string;
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly unit: string;
  readonly decimals: number | undefined;
  readonly max: number | undefined;
  readonly isStacked: boolean;
  readonly thresholds: readonly { readonly value: number | null; readonly color: string }[];
  readonly answers: readonly Answer[];
};

export type Answer = { readonly expr: string; readonly legend: string; readonly series: readonly Series[] };

type Target = { readonly expr: string; readonly legendFormat?: string; readonly instant?: boolean };
type Plain = {
  readonly title?: string;
  readonly type: string;
  readonly gridPos?: Panel["place"];
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults?: {
      unit?: string;
      decimals?: number;
      max?: number;
      thresholds?: { steps: Panel["thresholds"] };
      custom?: { drawStyle?: string };
    };
  };
};

/** About as many moments as a panel is wide. */
const MOMENTS = 120;

export async function answered(prometheus: Prometheus, over: Span): Promise<readonly Panel[]> {
  // The JSON is what Grafana reads; its types have no more to say here.
  const plain = (JSON.parse(JSON.stringify(board())) as { panels: Plain[] }).panels;
  const panels: Panel[] = [];
  for (const one of plain) {
    const { unit = "none", decimals, max, thresholds, custom } = one.fieldConfig?.defaults ?? {};
    const isStacked = custom?.drawStyle === "bars";
    const answers: Answer[] = [];
    for (const target of one.targets ?? []) answers.push(await answerOf(prometheus, target, over, isStacked));
    panels.push({
      title: one.title ?? "",
      type: one.type,
      place: one.gridPos ?? { x: 0, y: 0, w: 24, h: 1 },
      unit,
      decimals,
      max,
      isStacked,
      thresholds: thresholds?.steps ?? [],
      answers,
    });
  }
  return panels;
}

async function answerOf(prometheus: Prometheus, target: Target, over: Span, isStacked: boolean): Promise<Answer> {
  const seconds = Math.ceil(over.to - over.from);
  const step = Math.max(isStacked ? 5 : 2, Math.ceil((seconds / MOMENTS) * (isStacked ? 2 : 1)));
  // As Grafana's $__rate_interval: a step and one scrape, or what happens between two windows is in neither.
  const expr = target.expr.replaceAll("$__range", `${seconds}s`).replaceAll("$__rate_interval", `${step + 1}s`);
  const series =
    target.instant === true ? await prometheus.instant(expr, over.to) : await prometheus.range(expr, over, step);
  return { expr, legend: target.legendFormat ?? "", series };
}

/** Names a series as Grafana does. */
export function named(legend: string, { labels }: Series): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? "");
}
