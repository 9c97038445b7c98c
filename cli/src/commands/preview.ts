import { execFile } from "node:child_process";
import { join } from "node:path";
import { childEnvironment } from "@holdfast/service";
import { given, type Command } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";
import { fieldsOf, type Fields } from "../fields.ts";
import { previewScreen } from "../preview-screen.ts";
import type { World } from "../world.ts";

const USAGE = "preview INCIDENT [--json]";
/** Triage has no door to ask at, so its own entry is run, with its own settings and credential. */
const ENTRY = join(import.meta.dirname, "../../../services/triage/src/preview.ts");
const ANSWER_MS_MAX = 60_000;
const BYTES_MAX = 64 * 1024 * 1024;

export const command: Command = {
  usage: USAGE,
  says: "what a model would be told about an open incident, redacted as it would be; nothing is sent",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 1, most: 1 });
    const previewed = await previewOf(world, names[0] ?? "");
    if (values.json === true) world.say(String(previewed["body"]));
    else for (const line of previewScreen(previewed, world.paint)) world.say(line);
    return EXIT.done;
  },
};

async function previewOf({ env, signal }: World, incident: string): Promise<Fields> {
  const options = { env: { ...childEnvironment("triage", env) }, signal, timeout: ANSWER_MS_MAX, maxBuffer: BYTES_MAX };
  return new Promise((done, fail) => {
    execFile(process.execPath, [ENTRY, incident], options, (error, stdout, stderr) => {
      if (error === null) return done(fieldsOf(JSON.parse(stdout)));
      const says = stderr.trim().split("\n").at(-1) ?? "";
      fail(new Stopped(EXIT.refused, says === "" ? `No preview came: ${error.message}` : says, { cause: error }));
    });
  });
}
