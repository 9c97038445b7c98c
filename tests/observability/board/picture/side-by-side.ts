import { named, type Panel } from "../answers.ts";
import { escaped, fitted, formatted } from "./format.ts";
import type { Box } from "./over-time.ts";
import { GRID, SOFT, TEXT, thresholdColour } from "./theme.ts";

/** Values of one moment: a number, bars side by side, an arc, a table. */

type Value = { readonly name: string; readonly value: number };

const TOP = 40;

function valuesOf({ answers }: Panel): readonly Value[] {
  return answers.flatMap(({ legend, series }) =>
    series.flatMap((one) => one.points.slice(-1).map(([, value]) => ({ name: named(legend, one), value }))),
  );
}

export function number(panel: Panel, { width, height }: Box): string {
  const [first] = valuesOf(panel);
  const says = first === undefined ? "none" : formatted(first.value, panel.unit, panel.decimals);
  const color = first === undefined ? SOFT : thresholdColour(panel.thresholds, first.value);
  return `<text x="${width / 2}" y="${height / 2 + 26}" font-size="38" font-weight="500" fill="${color}" text-anchor="middle">${says}</text>`;
}

export function ladder(panel: Panel, { width, height }: Box): string {
  const values = valuesOf(panel).slice(0, 9);
  const most = Math.max(...values.map(({ value }) => value), 0) || 1;
  const each = Math.min(34, (height - TOP - 12) / Math.max(1, values.length));
  const names = Math.min(210, Math.max(...values.map(({ name }) => name.length), 4) * 7 + 20);
  const long = width - names - 84;
  return values
    .map(({ name, value }, at) => {
      const y = TOP + at * each;
      return (
        `<text x="${names - 8}" y="${y + each / 2 + 2}" font-size="12" fill="${TEXT}" text-anchor="end">${escaped(fitted(name, names - 12, 12))}</text>` +
        `<rect x="${names}" y="${y + 3}" width="${long}" height="${each - 10}" rx="3" fill="${GRID}" opacity="0.6"/>` +
        `<rect x="${names}" y="${y + 3}" width="${Math.max(2, (value / most) * long).toFixed(1)}" height="${each - 10}" rx="3" fill="${thresholdColour(panel.thresholds, value)}" opacity="0.85"/>` +
        `<text x="${names + long + 10}" y="${y + each / 2 + 2}" font-size="13" fill="${TEXT}">${formatted(value, panel.unit, panel.decimals)}</text>`
      );
    })
    .join("");
}

export function arc(panel: Panel, { width, height }: Box): string {
  const [first] = valuesOf(panel);
  const radius = Math.min(width / 2 - 26, height - TOP - 60);
  const [x, y] = [width / 2, TOP + radius + 14];
  const value = first?.value ?? 0;
  const share = Math.min(1, value / (panel.max ?? 1));
  const stroke = (part: number, color: string): string => {
    const angle = Math.PI * (1 - part);
    const [toX, toY] = [x + radius * Math.cos(angle), y - radius * Math.sin(angle)];
    return `<path d="M${x - radius} ${y}A${radius} ${radius} 0 0 1 ${toX.toFixed(1)} ${toY.toFixed(1)}" fill="none" stroke="${color}" stroke-width="18"/>`;
  };
  const color = thresholdColour(panel.thresholds, value);
  const says = first === undefined ? "no model" : formatted(value, panel.unit, panel.decimals);
  return (
    stroke(1, GRID) +
    stroke(Math.max(0.01, share), color) +
    `<text x="${x}" y="${y - 6}" font-size="30" font-weight="500" fill="${color}" text-anchor="middle">${says}</text>`
  );
}

/** The one table of the board: a person's votes, their median and the share that was too fast to have been read. */
export function people({ answers }: Panel, { width }: Box): string {
  const [votes, median, rushed] = answers.map(
    ({ series }) => new Map(series.map(({ labels, points }) => [labels["person"] ?? "", points.at(-1)?.[1]])),
  );
  const columns = [16, width * 0.42, width * 0.64, width - 20];
  const heads = ["person", "votes", "median", "under 3 s"].map(
    (head, at) =>
      `<text x="${columns[at]}" y="${TOP + 14}" font-size="12" fill="${SOFT}" text-anchor="${at === 0 ? "start" : "end"}">${head}</text>`,
  );
  const rows = [...(votes?.keys() ?? [])].toSorted().map((person, at) => {
    const y = TOP + 46 + at * 34;
    const share = rushed?.get(person) ?? 0;
    const color = share >= 0.5 ? "red" : share >= 0.2 ? "yellow" : "green";
    const cell = (column: number, text: string, fill: string): string =>
      `<text x="${columns[column]}" y="${y}" font-size="14" fill="${fill}" text-anchor="${column === 0 ? "start" : "end"}">${escaped(text)}</text>`;
    return (
      `<path d="M16 ${y - 22}H${width - 20}" stroke="${GRID}"/>` +
      cell(0, person, TEXT) +
      cell(1, formatted(votes?.get(person) ?? 0, "none", 0), TEXT) +
      cell(2, formatted(median?.get(person) ?? 0, "s"), TEXT) +
      cell(3, formatted(share, "percentunit"), thresholdColour([{ value: null, color }], 0))
    );
  });
  return [...heads, ...rows].join("");
}
