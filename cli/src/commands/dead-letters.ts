import { given, type Command } from "../command.ts";
import { approval, call, detailOf, need, needToken, tokenOf } from "../door.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { fieldsOf, listOf, word } from "../fields.ts";
import { letterScreen, letterTable } from "../letter-screen.ts";
import { replay } from "../replay.ts";
import type { World } from "../world.ts";

const USAGE =
  "dead-letters list | show ID | replay ID [--dry-run | --yes --reason TEXT] | release ID --reason TEXT | drop ID --reason TEXT   [--json]";
const OPTIONS = {
  json: { type: "boolean" },
  yes: { type: "boolean" },
  "dry-run": { type: "boolean" },
  reason: { type: "string" },
} as const;

export const command: Command = {
  usage: USAGE,
  says: "records that could not be taken: what they hold, how it goes on, and the same record once more",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, OPTIONS, { least: 1, most: 2 });
    const [verb = "", name] = names;
    const { reason } = values;
    const asJson = values.json === true;
    const [yes, dry] = [values.yes === true, values["dry-run"] === true];
    const usage = new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    if ((yes || dry) && (verb !== "replay" || (yes && dry))) throw usage;
    if (verb === "list" && name === undefined) return list(world, asJson);
    if (name === undefined) throw usage;
    switch (verb) {
      case "show":
        return show(world, name, asJson);
      case "replay":
        return replay(world, { name, yes, reason });
      case "release":
      case "drop":
        if (reason !== undefined) return decide(world, verb, { name, reason, asJson });
        throw new Stopped(EXIT.usage, `Why? A ${verb} is recorded with its reason: add --reason TEXT.`);
    }
    throw usage;
  },
};

async function list(world: World, asJson: boolean): Promise<ExitCode> {
  const { text, json } = await need(world, "approval", approval(world, "/v1/dead-letters"), { token: tokenOf(world) });
  if (asJson) world.say(text);
  else for (const line of letterTable(world, listOf(json["letters"]))) world.say(line);
  return EXIT.done;
}

async function show(world: World, name: string, asJson: boolean): Promise<ExitCode> {
  const url = approval(world, `/v1/dead-letters/${encodeURIComponent(name)}`);
  const { text, json } = await need(world, "approval", url, { token: tokenOf(world) });
  if (asJson) world.say(text);
  else for (const line of letterScreen(world, json)) world.say(line);
  return EXIT.done;
}

type Said = { readonly name: string; readonly reason: string; readonly asJson: boolean };

async function decide(world: World, decision: "release" | "drop", { name, reason, asJson }: Said): Promise<ExitCode> {
  const url = approval(world, `/v1/dead-letters/${encodeURIComponent(name)}/${decision}`);
  const answer = await call(world, "approval", url, { method: "POST", body: { reason }, token: needToken(world) });
  if (asJson) world.say(answer.text);
  if (answer.status !== 201) {
    if (!asJson) world.warn(`Your decision was not taken. ${detailOf(answer)}`);
    return EXIT.refused;
  }
  const { group, key } = fieldsOf(answer.json["letter"]);
  if (!asJson)
    world.say(
      decision === "release"
        ? `Released: ${word(group)} takes what waited for ${word(key)}, in its order, without that record.`
        : `Dropped: later records of ${word(key)} stand in dead-letters until it closes.`,
    );
  return EXIT.done;
}
