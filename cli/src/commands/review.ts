import { shortCode, visibleLine } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { approval, need, needToken, tokenOf } from "../door.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import { follow } from "../follow.ts";
import { WIDTH } from "../line.ts";
import { panel } from "../panel.ts";
import { shownByKey } from "../review-keys.ts";
import { inFull } from "../review-screen.ts";
import { distrust, readSigned, type Signed } from "../signed.ts";
import { cast, findProposal } from "../vote.ts";
import type { World } from "../world.ts";

const USAGE = "review [ID]";
const KEYS = "r reject  d diff  e evidence  u undo  m model  q leave";

export const command: Command = {
  usage: USAGE,
  says: "the newest open proposal, or the one named: look, then decide",
  run: async (args, world) => {
    const { names } = given(USAGE, args, {}, { least: 0, most: 1 });
    const shown = names[0] === undefined ? await newestOpen(world) : await findProposal(world, names[0]);
    if (shown["digest"] === undefined)
      throw new Stopped(
        EXIT.refused,
        `There is nothing to decide: policy denied it, or has not answered yet. holdfast show ${word(shown["id"])} says why.`,
      );
    if (shown["state"] !== "open")
      throw new Stopped(
        EXIT.refused,
        `There is nothing to decide any more: it is ${word(shown["state"])}. holdfast show ${word(shown["id"])} tells how it ended.`,
      );
    needToken(world);
    const signed = await readSigned(world, shown);
    for (const line of await panel(world, shown, signed)) world.say(line);
    return decide(world, signed);
  },
};

async function newestOpen(world: World): Promise<Fields> {
  const { json } = await need(world, "approval", approval(world, "/v1/proposals?state=open&limit=1"), {
    token: tokenOf(world),
  });
  const [first] = listOf(json["proposals"]);
  if (first === undefined) throw new Stopped(EXIT.refused, "No proposal waits for a decision.");
  return first;
}

/** Asks until the person has typed the text, rejected, or left. Nothing else decides: no Enter, no "y", no time. */
async function decide(world: World, signed: Signed): Promise<ExitCode> {
  const doubt = distrust(signed);
  if (doubt !== undefined) world.warn(world.paint("stop", doubt));
  const isElevated = signed.tier !== "one-ack";
  const text = isElevated ? signed.allowed.confirmText : shortCode(signed.digest);
  if (isElevated) for (const line of ["", ...inFull(signed)]) world.say(line);
  for (;;) {
    for (const line of doubt === undefined ? prompt(text) : [KEYS]) world.say(line);
    const line = await world.ask("> ");
    if (line === undefined || line === "q") return left(world);
    if (line === "r") return reject(world, signed);
    const lines = shownByKey(line, signed, world.now());
    if (lines !== undefined) for (const each of lines) world.say(each);
    else if (doubt === undefined && line === text) return approve(world, signed, isElevated ? line : undefined);
    else if (line !== "") world.say("That is neither the text nor a key. Nothing was decided.");
  }
}

function prompt(text: string): readonly string[] {
  const wanted = `Type  ${visibleLine(text)}  to approve`;
  return wanted.length + 3 + KEYS.length <= WIDTH ? [`${wanted}   ${KEYS}`] : [wanted, KEYS];
}

async function approve(world: World, signed: Signed, typed: string | undefined): Promise<ExitCode> {
  const reason = typed === undefined ? undefined : await reasonFor(world, "approve");
  if (typed !== undefined && reason === undefined) return left(world);
  const code = await cast(world, signed, { decision: "approve", typed, reason }, false);
  return code === EXIT.done ? follow(world, signed.allowed.proposal) : code;
}

async function reject(world: World, signed: Signed): Promise<ExitCode> {
  const reason = await reasonFor(world, "reject");
  return reason === undefined ? left(world) : cast(world, signed, { decision: "reject", reason }, false);
}

async function reasonFor(world: World, what: string): Promise<string | undefined> {
  const reason = await world.ask(`Why do you ${what} it? (Enter alone: leave) > `);
  return reason === undefined || reason.trim() === "" ? undefined : reason;
}

function left(world: World): ExitCode {
  world.say("Nothing was decided.");
  return EXIT.refused;
}
