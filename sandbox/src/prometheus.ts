import type { Labels } from "./kinds.ts";
import { parseQuery } from "./promql-parse.ts";
import { QueryRefused, UNDERSTOOD } from "./promql-tokens.ts";
import { evaluate } from "./promql.ts";
import type { Source, Value } from "./promql.ts";
import type { Sample, SeriesHistory } from "./series.ts";
import { pointsIn, samplesAt } from "./series.ts";

const STEPS_MAX = 1_000;

/** Now is what the objects say; the past is what was remembered. */
export function sourceOf(samples: readonly Sample[], history: SeriesHistory, now: number): Source {
  return {
    at: (time) => (time >= now ? samples : samplesAt(history, time)),
    range: (from, to) => pointsIn(history, from, to),
  };
}

export type PrometheusAnswer = { readonly code: number; readonly body: object };

export function answerQuery(path: string, parameters: URLSearchParams, source: Source, now: number): PrometheusAnswer {
  try {
    if (path === "/query") return instant(parameters, source, now);
    if (path === "/query_range") return range(parameters, source, now);
    return refused(
      404,
      "not_found",
      `the sandbox's Prometheus answers /api/v1/query and /api/v1/query_range; ${UNDERSTOOD}`,
    );
  } catch (cause) {
    if (cause instanceof QueryRefused) return refused(400, "bad_data", cause.message);
    throw cause;
  }
}

function instant(parameters: URLSearchParams, source: Source, now: number): PrometheusAnswer {
  const time = timeOf(parameters.get("time"), now);
  const value = evaluate(parseQuery(parameters.get("query") ?? ""), source, time);
  const at = time / 1_000;
  if (value.kind === "scalar") return success("scalar", [at, String(value.value)]);
  return success(
    "vector",
    value.samples.map(({ labels, value: v }) => ({ metric: labels, value: [at, String(v)] })),
  );
}

function range(parameters: URLSearchParams, source: Source, now: number): PrometheusAnswer {
  const node = parseQuery(parameters.get("query") ?? "");
  const start = timeOf(parameters.get("start"), undefined);
  const end = timeOf(parameters.get("end"), undefined);
  const stepMs = durationOf(parameters.get("step"));
  if (end < start) throw new QueryRefused("the end of the range is before its start");
  if ((end - start) / stepMs > STEPS_MAX)
    throw new QueryRefused(`the sandbox computes at most ${STEPS_MAX} steps; ask for a shorter range or a longer step`);
  const rows = new Map<string, { metric: Labels; values: [number, string][] }>();
  for (let time = start; time <= end; time += stepMs) {
    for (const { labels, value } of vectorOf(evaluate(node, source, Math.min(time, now)))) {
      const key = JSON.stringify(labels);
      const row = rows.get(key) ?? { metric: labels, values: [] };
      row.values.push([time / 1_000, String(value)]);
      rows.set(key, row);
    }
  }
  return success("matrix", [...rows.values()]);
}

function vectorOf(value: Value): readonly Sample[] {
  return value.kind === "vector" ? value.samples : [{ labels: {}, value: value.value }];
}

function timeOf(text: string | null, absent: number | undefined): number {
  if (text === null && absent !== undefined) return absent;
  const time = /^[\d.]+$/.test(text ?? "") ? Number(text) * 1_000 : Date.parse(text ?? "");
  if (Number.isFinite(time)) return time;
  throw new QueryRefused(`"${text ?? ""}" is no time: give seconds since 1970 or an RFC 3339 timestamp`);
}

function durationOf(text: string | null): number {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text ?? "") ?? [];
  const ms = Number(amount) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new QueryRefused(`"${text ?? ""}" is no step: give seconds or a duration such as 15s`);
}

function success(resultType: string, result: unknown): PrometheusAnswer {
  return { code: 200, body: { status: "success", data: { resultType, result } } };
}

export function refused(code: number, errorType: string, error: string): PrometheusAnswer {
  return { code, body: { status: "error", errorType, error } };
}
