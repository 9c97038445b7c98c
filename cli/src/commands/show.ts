import { given, type Command } from "../command.ts";
import { approval, call, need, tokenOf } from "../door.ts";
import { word, type Fields } from "../fields.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { outcomeLines, panel } from "../panel.ts";
import { deniedScreen } from "../denied-screen.ts";
import { distrust, readSigned } from "../signed.ts";
import { findProposal } from "../vote.ts";
import type { World } from "../world.ts";

const USAGE = "show ID [--json]";

export const command: Command = {
  usage: USAGE,
  says: "one proposal, whole, as it stands",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 1, most: 1 });
    const name = names[0] ?? "";
    if (values.json === true) {
      const { text } = await need(world, "approval", approval(world, `/v1/proposals/${encodeURIComponent(name)}`), {
        token: tokenOf(world),
      });
      world.say(text);
      return EXIT.done;
    }
    return show(world, await findProposal(world, name));
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
  for (const line of await panel(world, shown, signed)) world.say(line);
  for (const line of outcomeLines(shown)) world.say(line);
  const doubt = distrust(signed);
  if (doubt === undefined) return EXIT.done;
  world.warn(doubt);
  return EXIT.refused;
}
