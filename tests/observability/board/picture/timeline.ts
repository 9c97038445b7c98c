import { named, type Panel } from "../answers.ts";
import type { Span } from "../prometheus.ts";
import { escaped } from "./format.ts";
import type { Box } from "./over-time.ts";
import { colour, SOFT, TEXT } from "./theme.ts";

const STATES = [
  ["down", "red"],
  ["not ready", "yellow"],
  ["ready", "green"],
] as const;
const LEFT = 76;
const TOP = 40;
const BOTTOM = 40;

/** One band a series: what state it was in, and when. */
export function timeline({ answers }: Panel, over: Span, { width, height }: Box): string {
  const series = answers.flatMap(({ legend, series: all }) =>
    all.map((one) => ({ name: named(legend, one), points: one.points })),
  );
  const each = (height - TOP - BOTTOM) / Math.max(1, series.length);
  const x = (at: number): number => LEFT + ((at - over.from) / (over.to - over.from)) * (width - LEFT - 14);
  const bands = series.map(({ name, points }, row) => {
    const y = TOP + row * each;
    const pieces = spells(points).map(({ from, to, value }) => {
      const color = colour(STATES[value]?.[1] ?? "red");
      return `<rect x="${x(from).toFixed(1)}" y="${(y + 3).toFixed(1)}" width="${(x(to) - x(from)).toFixed(1)}" height="${(each - 7).toFixed(1)}" rx="1" fill="${color}" opacity="0.8"/>`;
    });
    return `<text x="${LEFT - 8}" y="${(y + each / 2 + 3).toFixed(1)}" font-size="12" fill="${TEXT}" text-anchor="end">${escaped(name)}</text>${pieces.join("")}`;
  });
  const legend = STATES.toReversed().map(
    ([says, color], at) =>
      `<rect x="${16 + at * 90}" y="${height - 17}" width="10" height="4" rx="2" fill="${colour(color)}"/><text x="${31 + at * 90}" y="${height - 11}" font-size="11" fill="${SOFT}">${says}</text>`,
  );
  return [...bands, ...legend].join("");
}

type Spell = { readonly from: number; readonly to: number; readonly value: number };

/** As long as the value stays the same it is one piece. */
function spells(points: readonly (readonly [number, number])[]): readonly Spell[] {
  const pieces: Spell[] = [];
  for (const [index, [from, value]] of points.entries()) {
    const to = points[index + 1]?.[0] ?? from;
    const last = pieces.at(-1);
    if (last !== undefined && last.value === value) pieces[pieces.length - 1] = { ...last, to };
    else pieces.push({ from, to, value });
  }
  return pieces;
}
