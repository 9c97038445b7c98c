import { readFileSync } from "node:fs";
import { given, type Command } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";

const USAGE = "windows check FILE [--json]";
const SHOWN_MAX = 20;

export const command: Command = {
  usage: USAGE,
  says: "compares recorded answers about maintenance windows with ours",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 2, most: 2 });
    const [verb, file = ""] = names;
    if (verb !== "check") throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    const { checkIntervals } = await import("@holdfast/guard");
    const report = checkIntervals(textOf(file));
    if (values.json === true) world.say(JSON.stringify(report));
    else {
      for (const difference of report.differences.slice(0, SHOWN_MAX)) world.say(difference);
      world.say(`${report.intervals} intervals, ${report.checks} checks: ${report.differences.length} answers differ.`);
    }
    return report.differences.length === 0 ? EXIT.done : EXIT.refused;
  },
};

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Stopped(
      EXIT.usage,
      `${file} cannot be read. Name a file of JSON lines: {"interval": …, "valid": …, "checks": […]}.`,
      { cause },
    );
  }
}
