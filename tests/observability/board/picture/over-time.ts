import { named, type Panel } from "../answers.ts";
import type { Span } from "../prometheus.ts";
import { escaped, fitted, formatted } from "./format.ts";
import { colourOf, GRID, SOFT, TEXT } from "./theme.ts";

/** Lines, and bars that stand on each other. */

export type Box = { readonly width: number; readonly height: number };
type Line = { readonly name: string; readonly color: string; readonly points: readonly (readonly [number, number])[] };
type Scale = { readonly x: (at: number) => number; readonly y: (value: number) => number };

const LEFT = 52;
const TOP = 34;
const BOTTOM = 46;
const SIZE = 11;

export function overTime(panel: Panel, over: Span, box: Box): string {
  const lines = linesOf(panel);
  const highest =
    panel.max ??
    top(
      panel.isStacked
        ? stackedMost(lines)
        : Math.max(0, ...lines.flatMap(({ points }) => points.map(([, value]) => value))),
    );
  const plot = { width: box.width - LEFT - 14, height: box.height - TOP - BOTTOM };
  const scale: Scale = {
    x: (at) => LEFT + ((at - over.from) / (over.to - over.from)) * plot.width,
    y: (value) => TOP + plot.height - (Math.min(value, highest) / highest) * plot.height,
  };
  const drawn = panel.isStacked ? bars(lines, scale) : lines.map((line) => stepped(line, scale)).join("");
  return grid(panel, highest, over, scale, box) + drawn + legend(lines, box);
}

function linesOf({ answers }: Panel): readonly Line[] {
  return answers
    .flatMap(({ legend: pattern, series }) => series.map((one) => ({ name: named(pattern, one), points: one.points })))
    .filter(({ points }) => points.length > 0)
    .map((line, at) => ({ ...line, color: colourOf(line.name, at) }));
}

function top(most: number): number {
  if (most <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 5, 10].map((step) => step * magnitude).find((step) => step >= most) ?? most;
}

function stackedMost(lines: readonly Line[]): number {
  const sums = new Map<number, number>();
  for (const { points } of lines) for (const [at, value] of points) sums.set(at, (sums.get(at) ?? 0) + value);
  return Math.max(0, ...sums.values());
}

function grid({ unit, max }: Panel, highest: number, over: Span, { x, y }: Scale, { width }: Box): string {
  const values = [0, 0.5, 1].map((part) => part * highest);
  const across = values
    .filter((value) => unit !== "none" || max !== undefined || Number.isInteger(value))
    .map(
      (value) =>
        `<path d="M${LEFT} ${y(value).toFixed(1)}H${width - 14}" stroke="${GRID}"/>` +
        `<text x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" font-size="${SIZE}" fill="${SOFT}" text-anchor="end">${formatted(value, unit)}</text>`,
    );
  const minutes = Math.floor((over.to - over.from) / 60);
  const ticks = Array.from({ length: minutes + 1 }, (_, minute) => minute).filter(
    (minute) => minute % Math.ceil(minutes / 5) === 0,
  );
  const down = ticks.map((minute) => {
    const at = x(over.from + minute * 60).toFixed(1);
    return `<text x="${at}" y="${y(0) + 16}" font-size="${SIZE}" fill="${SOFT}" text-anchor="middle">${minute} min</text>`;
  });
  return [...across, ...down].join("");
}

function stepped({ color, points }: Line, scale: Scale): string {
  return unbroken(points)
    .map((piece) => pieceOf(piece, color, scale))
    .join("");
}

/** Where Prometheus had no answer, a line has none either. */
function unbroken(points: Line["points"]): readonly Line["points"][] {
  const step = Math.min(...points.slice(1).map(([at], index) => at - (points[index]?.[0] ?? at)));
  const pieces: (readonly [number, number])[][] = [];
  let last = -Infinity;
  for (const point of points) {
    if (point[0] - last > step * 1.5) pieces.push([]);
    pieces.at(-1)?.push(point);
    [last] = point;
  }
  return pieces;
}

function pieceOf(points: Line["points"], color: string, { x, y }: Scale): string {
  const [first] = points;
  if (first === undefined) return "";
  const path = points.map(([at, value], index) =>
    index === 0 ? `M${x(at).toFixed(1)} ${y(value).toFixed(1)}` : `H${x(at).toFixed(1)}V${y(value).toFixed(1)}`,
  );
  const line = path.join("");
  return (
    `<path d="${line}V${y(0).toFixed(1)}H${x(first[0]).toFixed(1)}Z" fill="${color}" opacity="0.10"/>` +
    `<path d="${line}" fill="none" stroke="${color}" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/>`
  );
}

function bars(lines: readonly Line[], { x, y }: Scale): string {
  const moments = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].toSorted((a, b) => a - b);
  const step = Math.min(...moments.slice(1).map((at, index) => at - (moments[index] ?? at)), 8);
  const width = Math.max(2, x(step) - x(0) - 1);
  const stands = new Map<number, number>();
  const drawn = lines.flatMap(({ color, points }) =>
    points.map(([at, value]) => {
      const from = stands.get(at) ?? 0;
      stands.set(at, from + value);
      const [low, high] = [y(from), y(from + value)];
      return `<rect x="${(x(at) - width).toFixed(1)}" y="${high.toFixed(1)}" width="${width.toFixed(1)}" height="${Math.max(0, low - high).toFixed(1)}" fill="${color}" opacity="0.85"/>`;
    }),
  );
  return drawn.join("");
}

function legend(lines: readonly Line[], { width, height }: Box): string {
  let at = 16;
  const shown: string[] = [];
  for (const { name, color } of lines) {
    const text = fitted(name, 190, SIZE);
    const room = 18 + text.length * SIZE * 0.56 + 12;
    if (at + room > width && shown.length > 0) {
      shown.push(`<text x="${at}" y="${height - 9}" font-size="${SIZE}" fill="${SOFT}">…</text>`);
      break;
    }
    shown.push(
      `<rect x="${at}" y="${height - 17}" width="10" height="4" rx="2" fill="${color}"/>` +
        `<text x="${at + 15}" y="${height - 11}" font-size="${SIZE}" fill="${TEXT}">${escaped(text)}</text>`,
    );
    at += room;
  }
  return shown.join("");
}
