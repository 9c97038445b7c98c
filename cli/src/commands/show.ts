import { given, type Command } from "../command.ts";
import { approval, call, tokenOf } from "../door.ts";
import { word, type Fields } from "../fields.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { incidentScreen } from "../incident-screen.ts";
import { findNamed } from "../named.ts";
import { panel } from "../panel.ts";
import { deniedScreen } from "../denied-screen.ts";
import { distrust, readSigned } from "../signed.ts";
import type { World } from "../world.ts";

const USAGE = "show ID [--json]";

export const command: Command = {
  usage: USAGE,
  says: "one proposal or incident, whole, as it stands",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 1, most: 1 });
    const { kind, answer } = await findNamed(world, names[0] ?? "");
    if (values.json === true) world.say(answer.text);
    else if (kind === "proposal") return show(world, answer.json);
    else for (const line of incidentScreen(answer.json, world)) world.say(line);
    return EXIT.done;
  },
};

async function show(world: World, shown: Fields): Promise<ExitCode> {
  if (shown["digest"] === undefined) {
    const token = tokenOf(world);
    const url = approval(world, `/v1/incidents/${encodeURIComponent(word(shown["incident"]))}`);
    const incident = await call(world, "approval", url, { token });
    for (const line of deniedScreen(shown, incident.json, world)) world.say(line);
    return EXIT.done;
  }
  const signed = await readSigned(world, shown);
  for (const line of await panel(world, shown, signed, "in full")) world.say(line);
  const doubt = distrust(signed);
  if (doubt === undefined) return EXIT.done;
  world.warn(doubt);
  return EXIT.refused;
}
