import { readFileSync } from "node:fs";
import { given, type Command } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";

const USAGE = "windows check FILE [--json]";
const WANTED = 'Name a file of JSON lines: {"interval": …, "valid": …, "checks": […]}.';
const SHOWN_MAX = 20;

export const command: Command = {
  usage: USAGE,
  says: "compares recorded answers about maintenance windows with ours",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 2, most: 2 });
    const [verb, file = ""] = names;
    if (verb !== "check") throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    const { checkIntervals } = await import("@holdfast/guard");
    const text = textOf(file);
    requireJsonLines(file, text);
    const report = checkIntervals(text);
    if (values.json === true) world.say(JSON.stringify(report));
    else {
      for (const difference of report.differences.slice(0, SHOWN_MAX)) world.say(difference);
      world.say(`${report.intervals} intervals, ${report.checks} checks: ${report.differences.length} answers differ.`);
    }
    return report.differences.length === 0 ? EXIT.done : EXIT.refused;
  },
};

/** One sentence rather than one for each line of a file of another kind. */
function requireJsonLines(file: string, text: string): void {
  const first = text.trimStart();
  if (first === "" || first.startsWith("{")) return;
  throw new Stopped(
    EXIT.usage,
    `${file} holds no JSON lines; windows.yaml itself is read when policy starts, not here. ${WANTED}`,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Stopped(EXIT.usage, `${file} cannot be read. ${WANTED}`, { cause });
  }
}
