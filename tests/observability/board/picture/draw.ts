import type { Panel } from "../answers.ts";
import type { Span } from "../prometheus.ts";
import { escaped, fitted } from "./format.ts";
import { overTime, type Box } from "./over-time.ts";
import { arc, ladder, number, people } from "./side-by-side.ts";
import { COLUMN, EDGE, FONT, GAP, PAGE, PANEL, ROW, SOFT, TEXT } from "./theme.ts";
import { timeline } from "./timeline.ts";

const HEAD = 64;
const MARGIN = 16;

/** The board as it was answered, panel by panel in the places of its JSON. Grafana is not needed, and not imitated beyond that. */
export function picture(panels: readonly Panel[], over: Span, told: string): string {
  const width = 24 * COLUMN + 2 * MARGIN;
  const bottom = Math.max(...panels.map(({ place }) => place.y + place.h));
  const height = HEAD + bottom * ROW + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}">`,
    `<rect width="${width}" height="${height}" fill="${PAGE}"/>`,
    `<text x="${MARGIN + 4}" y="32" font-size="20" font-weight="600" fill="${TEXT}">Holdfast</text>`,
    `<text x="${MARGIN + 4}" y="52" font-size="12" fill="${SOFT}">${escaped(told)}</text>`,
    ...panels.map((panel) => placed(panel, over)),
    "</svg>\n",
  ].join("\n");
}

function placed(panel: Panel, over: Span): string {
  const { x, y, w, h } = panel.place;
  const at = `translate(${MARGIN + x * COLUMN} ${HEAD + y * ROW})`;
  if (panel.type === "row")
    return `<g transform="${at}"><text x="4" y="${ROW - 11}" font-size="15" font-weight="500" fill="${TEXT}">${escaped(panel.title)}</text></g>`;
  const box: Box = { width: w * COLUMN - GAP, height: h * ROW - GAP };
  return [
    `<g transform="${at}"><rect width="${box.width}" height="${box.height}" rx="4" fill="${PANEL}" stroke="${EDGE}"/>`,
    `<text x="14" y="22" font-size="13" fill="${TEXT}">${escaped(fitted(panel.title, box.width - 20, 13))}</text>`,
    `${inside(panel, over, box)}</g>`,
  ].join("");
}

function inside(panel: Panel, over: Span, box: Box): string {
  switch (panel.type) {
    case "stat":
      return number(panel, box);
    case "bargauge":
      return ladder(panel, box);
    case "gauge":
      return arc(panel, box);
    case "table":
      return people(panel, box);
    case "state-timeline":
      return timeline(panel, over, box);
    default:
      return overTime(panel, over, box);
  }
}
