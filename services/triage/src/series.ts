import type { Series } from "./telemetry.ts";

/** The labels that name the exporter and never what it measures. */
const EXPORTER = new Set(["job", "instance", "endpoint", "service", "prometheus", "prometheus_replica"]);
const DIGITS = 6;

/** One line of a metric as few words: a value, or values with their times as HH:MM:SS. */
export function brief({ labels, points }: Series): object {
  const told = Object.fromEntries(Object.entries(labels).filter(([name]) => !EXPORTER.has(name)));
  const [only] = points;
  if (points.length === 1 && only !== undefined) return { labels: told, value: short(only.value) };
  return {
    labels: told,
    values: points.map(({ at, value }) => [new Date(at).toISOString().slice(11, 19), short(value)]),
  };
}

/** JSON knows no NaN and no infinity. */
function short(value: number): number | string {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : String(value);
}
