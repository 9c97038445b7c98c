import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { ansiSvg } from "./ansi-svg.ts";

/**
 * Makes docs/demo.svg from a real run of the demo: node scripts/run.mjs scripts/picture.ts
 * It runs in a terminal of its own (by `script`, of util-linux), and a person's answers are typed into it.
 */

const FILE = "docs/demo.svg";
const ENDS_AFTER_MS_MAX = 180_000;
/** Typed when the words before are asked; the last one again and again would be a mistake of ours. */
const TYPED: readonly (readonly [asked: string, answer: string])[] = [
  ["to approve", "yes"],
  ["to approve", "payments/api"],
  ["goes into the record. >", "the new release cannot start"],
];
type Part = readonly [from: RegExp, to: RegExp];
/** Of these acts, the parts from one line to another; what is left out is a line of dots, or a whole act. */
const SHOWN: Readonly<Record<string, readonly Part[]>> = {
  "1": [[/^BROKE/, /incident opened/]],
  "3": [[/^DENIED/, /^WANTED/]],
  "4": [
    [/^REVIEW/, /^STICKS/],
    [/^CHECKED/, /^CODE/],
  ],
  "5": [[/./, /approved by/]],
  "6": [[/./, /^HEALED/]],
  "7": [[/./, /receipts$/]],
};
const WIDTH = 80;
const CLEAR = "\r\u001b[2K";
const DIM = (text: string): string => `\u001b[2m${text}\u001b[22m`;

const lines = pictured(await recorded());
writeFileSync(FILE, ansiSvg("npm run demo: a denial, a review, an answer, an execution and its audit trail", lines));
process.stderr.write(`${FILE} has ${lines.length} lines of that run.\n`);

/** What a real run says in a real terminal. */
async function recorded(): Promise<string> {
  const child = spawn("script", ["-qec", "npm run --silent demo", "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    timeout: ENDS_AFTER_MS_MAX,
  });
  const typed = [...TYPED];
  let [said, answered] = ["", 0];
  child.stdout.on("data", (text: Buffer) => {
    said += text.toString();
    const [asked, answer] = typed[0] ?? ["", ""];
    const at = asked === "" ? -1 : said.indexOf(asked, answered);
    if (at < 0 || !said.endsWith("> ")) return;
    answered = said.length;
    typed.shift();
    child.stdin.write(`${answer}\n`);
  });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  if (code !== 0) throw new Error(`The demo ended with ${code}, so there is nothing to picture:\n${said}`);
  return said;
}

function pictured(said: string): readonly string[] {
  const shown = ["$ npm run demo"];
  for (const [heading = "", ...body] of acts(said)) {
    const parts = SHOWN[stripVTControlCharacters(heading).slice(0, 1)];
    if (parts === undefined) continue;
    const lines = parts.flatMap((part, at) => [...(at === 0 ? [] : [DIM("  ...")]), ...linesOf(part, heading, body)]);
    shown.push("", heading, ...lines.map(cut));
  }
  return shown;
}

function linesOf([from, to]: Part, heading: string, body: readonly string[]): readonly string[] {
  const plain = body.map((line) => stripVTControlCharacters(line));
  const first = plain.findIndex((line) => from.test(line));
  const last = plain.findLastIndex((line) => to.test(line));
  if (first < 0 || last < first) throw new Error(`This act has another form than the picture knows: ${heading}`);
  return body.slice(first, last + 1);
}

/** The lines of each act, its heading first; of a line that moved, what stood there in the end. */
function acts(said: string): readonly (readonly string[])[] {
  const acts: string[][] = [[]];
  for (const line of said.split(/\r?\n/).map((raw) => raw.split(CLEAR).at(-1) ?? "")) {
    if (/^\d  [A-Z ]+$/.test(stripVTControlCharacters(line))) acts.push([]);
    acts.at(-1)?.push(line);
  }
  return acts;
}

/** Only a command to be copied is wider than the page. */
function cut(line: string): string {
  const text = stripVTControlCharacters(line);
  return text.length <= WIDTH ? line : DIM(`${text.slice(0, WIDTH - 3)}...`);
}
