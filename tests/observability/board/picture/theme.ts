/** Colours and measures of the picture: dark and quiet, as Grafana is at night. */
export const PAGE = "#111217";
export const PANEL = "#181b1f";
export const EDGE = "#25282e";
export const GRID = "#2a2d33";
export const TEXT = "#d0d1d9";
export const SOFT = "#8e9099";
export const FONT = "Inter, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif";

export const COLUMN = 66;
export const ROW = 34;
export const GAP = 8;

const NAMED: Readonly<Record<string, string>> = {
  green: "#73bf69",
  yellow: "#e5c34a",
  red: "#e5586a",
  blue: "#6e9fff",
};
const SERIES = ["#73bf69", "#e5c34a", "#6e9fff", "#f08a4b", "#b58be0", "#5fc4c0", "#e07aa6", "#9aa4b2"];

/** A word that means the same everywhere has the same colour everywhere. */
const MEANINGS: Readonly<Record<string, string>> = {
  succeeded: "#73bf69",
  approved: "#73bf69",
  found: "#73bf69",
  nothing: "#9aa4b2",
  refused: "#f08a4b",
  rejected: "#f08a4b",
  failed: "#e5586a",
  provider_down: "#e5586a",
  unknown: "#e5586a",
  budget: "#9aa4b2",
  prod: "#f08a4b",
  dev: "#6e9fff",
};

export function colour(name: string): string {
  return NAMED[name] ?? name;
}

export function colourOf(series: string, at: number): string {
  return MEANINGS[series] ?? SERIES[at % SERIES.length] ?? SOFT;
}

export function thresholdColour(
  thresholds: readonly { readonly value: number | null; readonly color: string }[],
  value: number,
): string {
  const reached = thresholds.findLast((one) => one.value === null || value >= one.value);
  return colour(reached?.color ?? "green");
}
