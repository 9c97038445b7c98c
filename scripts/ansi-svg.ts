import { stripVTControlCharacters } from "node:util";

/** A picture of a terminal: the text of a run, in the colours that it had there. */

const [FONT, ADVANCE, LINE, EDGE] = [14, 8.43, 19, 20];
const COLUMNS = 80;
const BACKGROUND = "#0d1117";
const PLAIN = "#c9d1d9";
const DIM = "#8b949e";
const BRIGHT = "#f0f6fc";
const COLOURS: Readonly<Record<string, string>> = { "31": "#ff7b72", "32": "#56d364", "33": "#e3b341" };
const STYLE = /\u001b\[([0-9;]*)m/; // oxlint-disable-line no-control-regex -- colours are control characters

type Run = { readonly text: string; readonly at: number; readonly fill: string; readonly isBold: boolean };

/** @param lines no wider than the page; styles do not reach over a line's end */
export function ansiSvg(title: string, lines: readonly string[]): string {
  const [width, height] = [Math.ceil(COLUMNS * ADVANCE) + 2 * EDGE, lines.length * LINE + 2 * EDGE];
  const font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="${font}" font-size="${FONT}" xml:space="preserve">`,
    ...lines.flatMap((line, row) => runsOf(line).map((run) => textOf(run, EDGE + (row + 0.75) * LINE))),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** INVARIANT: every run has a place and a length of its own, so that columns stand in line in whatever font there is. */
function textOf({ text, at, fill, isBold }: Run, y: number): string {
  const place = `x="${(EDGE + at * ADVANCE).toFixed(1)}" y="${y.toFixed(1)}" textLength="${(text.length * ADVANCE).toFixed(1)}"`;
  return `<text ${place} fill="${fill}"${isBold ? ' font-weight="600"' : ""}>${escaped(text)}</text>`;
}

/** Words in one colour; between columns, where there are two spaces or more, a run ends. */
function runsOf(line: string): readonly Run[] {
  const runs: Run[] = [];
  let [at, styles] = [0, new Set<string>()];
  for (const [piece = "", codes] of pieces(line)) {
    const isBold = styles.has("1");
    const fill =
      [...styles].map((code) => COLOURS[code]).find((colour) => colour !== undefined) ?? tint(styles, isBold);
    for (const { 0: text, index } of stripVTControlCharacters(piece).matchAll(/\S+(?: \S+)*/g))
      runs.push({ text, at: at + index, fill, isBold });
    at += piece.length;
    if (codes !== undefined) styles = restyled(styles, codes);
  }
  return runs;
}

function tint(styles: ReadonlySet<string>, isBold: boolean): string {
  if (styles.has("2")) return DIM;
  return isBold ? BRIGHT : PLAIN;
}

/** Each piece of text with the codes that follow it. */
function pieces(line: string): readonly (readonly [text: string, codes?: string])[] {
  const found = STYLE.exec(line);
  if (found === null) return [[line]];
  const rest = line.slice(found.index + found[0].length);
  return [[line.slice(0, found.index), found[1] ?? ""], ...pieces(rest)];
}

function restyled(styles: ReadonlySet<string>, codes: string): Set<string> {
  const next = new Set(styles);
  for (const code of codes.split(";")) {
    if (code === "" || code === "0") next.clear();
    else if (code === "22") for (const weight of ["1", "2"]) next.delete(weight);
    else if (code === "39") for (const colour of Object.keys(COLOURS)) next.delete(colour);
    else next.add(code);
  }
  return next;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
