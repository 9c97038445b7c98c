import { visibleLine } from "@holdfast/schemas";
import { EXIT, type ExitCode } from "../exit.ts";
import { wrapped, WIDTH } from "../line.ts";
import type { Paint, Tone } from "../world.ts";
import { bad, type Check, type Finding, type Mark } from "./check.ts";
import { loadChecks } from "./checks.ts";
import type { Site } from "./site.ts";

export type Examined = { readonly name: string; readonly findings: readonly Finding[] };

/** All at once: each waits for others at most. */
export async function examined(site: Site, checks?: readonly Check[]): Promise<readonly Examined[]> {
  const all = checks ?? (await loadChecks());
  return Promise.all(all.map(async (check) => ({ name: check.name, findings: await findingsOf(check, site) })));
}

async function findingsOf(check: Check, site: Site): Promise<readonly Finding[]> {
  try {
    return await check.run(site);
  } catch (error) {
    site.world.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return [
      bad(
        `this check could not be made: ${why}`,
        "It says nothing about the rest. Mend what it names, and run it again.",
      ),
    ];
  }
}

export function exitOf({ services }: Site, checks: readonly Examined[]): ExitCode {
  if (services.every(({ alive }) => !alive)) return EXIT.unreachable;
  return marksOf(checks).some((mark) => mark === "warn" || mark === "bad") ? EXIT.refused : EXIT.done;
}

const MARKS: Readonly<Record<Mark, { readonly word: string; readonly tone: Tone }>> = {
  well: { word: "ok", tone: "go" },
  note: { word: "note", tone: "soft" },
  warn: { word: "warn", tone: "warn" },
  bad: { word: "FAIL", tone: "stop" },
};
const MARK_WIDTH = 6;
const NAME_WIDTH = 11;
const LEFT = MARK_WIDTH + NAME_WIDTH;

/** One line for each finding, the fix under what is not well; what was not looked at is said, and never looks like a yes. */
export function report(checks: readonly Examined[], paint: Paint): readonly string[] {
  const lines = checks.flatMap(({ name, findings }) => findings.flatMap((finding) => linesOf(name, finding, paint)));
  return [...lines, "", summary(marksOf(checks), paint)];
}

function linesOf(name: string, { mark, says, fix }: Finding, paint: Paint): readonly string[] {
  const { word, tone } = MARKS[mark];
  const room = WIDTH - LEFT;
  const [first = "", ...more] = wrapped(visibleLine(says), room, room);
  const indented = (line: string): string => " ".repeat(LEFT) + line;
  const advice = fix === undefined ? [] : wrapped(visibleLine(fix), room - 3, room - 3);
  return [
    `${paint(tone, word.padEnd(MARK_WIDTH))}${name.padEnd(NAME_WIDTH)}${first}`,
    ...more.map(indented),
    ...advice.map((line, at) =>
      indented(paint(mark === "note" ? "soft" : "strong", `${at === 0 ? "-> " : "   "}${line}`)),
    ),
  ];
}

function summary(marks: readonly Mark[], paint: Paint): string {
  const count = (mark: Mark): number => marks.filter((each) => each === mark).length;
  const [warned, failed, noted] = [count("warn"), count("bad"), count("note")];
  if (warned + failed > 0)
    return paint(
      failed > 0 ? "stop" : "warn",
      `${failed} to mend now, ${warned} to look at, ${noted} not looked at or not set.`,
    );
  return paint("go", `All that was looked at is well; ${noted} not looked at or not set.`);
}

function marksOf(checks: readonly Examined[]): readonly Mark[] {
  return checks.flatMap(({ findings }) => findings.map(({ mark }) => mark));
}
