import { VERSION } from "@holdfast/service";
import { given, type Command } from "../command.ts";
import { examined, exitOf, report } from "../doctor/examine.ts";
import { look } from "../doctor/site.ts";

const USAGE = "doctor [--json] [--test-message]";
const OPTIONS = { json: { type: "boolean" }, "test-message": { type: "boolean" } } as const;

export const command: Command = {
  usage: USAGE,
  says: "examines a running Holdfast, and says what to do about what it finds",
  run: async (args, world) => {
    const { values } = given(USAGE, args, OPTIONS, { least: 0, most: 0 });
    const site = await look(world, values["test-message"] === true);
    const checks = await examined(site);
    if (values.json === true) world.say(JSON.stringify({ version: VERSION, exit: exitOf(site, checks), checks }));
    else for (const line of report(checks, world.paint)) world.say(line);
    return exitOf(site, checks);
  },
};
