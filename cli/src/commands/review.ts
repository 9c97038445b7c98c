import { shortCode, visibleLine } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { approval, need, needToken, tokenOf } from "../door.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import { follow } from "../follow.ts";
import { incidentScreen } from "../incident-screen.ts";
import { WIDTH } from "../line.ts";
import { findNamed } from "../named.ts";
import { panel } from "../panel.ts";
import { shownByKey } from "../review-keys.ts";
import { inFull } from "../review-screen.ts";
import { distrust, readSigned, type Signed } from "../signed.ts";
import { cast } from "../vote.ts";
import type { World } from "../world.ts";

const USAGE = "review [ID]";
const KEYS = "r reject  d diff  e evidence  u undo  m model  q leave";

export const command: Command = {
  usage: USAGE,
  says: "the newest open proposal, or the one named: look, then decide; an incident is told",
  run: async (args, world) => {
    const { names } = given(USAGE, args, {}, { least: 0, most: 1 });
    const { shown, others } = await wanted(world, names[0]);
    if (shown === undefined) return EXIT.done;
    requireOpen(shown);
    needToken(world);
    const signed = await readSigned(world, shown);
    for (const line of await panel(world, shown, signed, "with keys")) world.say(line);
    if (others > 0) world.say(world.paint("soft", waiting(others)));
    return decide(world, signed);
  },
};

type Wanted = { readonly shown: Fields | undefined; readonly others: number };

/** What was named, or the newest open proposal. An incident is told: what there is to decide about it stands under it. */
async function wanted(world: World, name: string | undefined): Promise<Wanted> {
  if (name === undefined) return newestOpen(world);
  const { kind, answer } = await findNamed(world, name);
  if (kind === "proposal") return { shown: answer.json, others: 0 };
  for (const line of incidentScreen(answer.json, world)) world.say(line);
  return { shown: undefined, others: 0 };
}

async function newestOpen(world: World): Promise<Wanted> {
  const { json } = await need(world, "approval", approval(world, "/v1/proposals?state=open&limit=200"), {
    token: tokenOf(world),
  });
  const [shown, ...others] = listOf(json["proposals"]);
  if (shown === undefined) throw new Stopped(EXIT.refused, "No proposal waits for a decision.");
  return { shown, others: others.length };
}

function requireOpen({ digest, state, id }: Fields): void {
  if (digest === undefined)
    throw new Stopped(
      EXIT.refused,
      `There is nothing to decide: policy denied it, or has not answered yet. holdfast show ${word(id)} says why.`,
    );
  if (state !== "open")
    throw new Stopped(
      EXIT.refused,
      `There is nothing to decide any more: it is ${word(state)}. holdfast show ${word(id)} tells how it ended.`,
    );
}

/** Asks until the person has typed the text, rejected, or left. Nothing else decides: no Enter, no "y", no time. */
async function decide(world: World, signed: Signed): Promise<ExitCode> {
  const doubt = distrust(signed);
  if (doubt !== undefined) world.warn(world.paint("stop", doubt));
  const isElevated = signed.tier !== "one-ack";
  const text = isElevated ? signed.allowed.confirmText : shortCode(signed.digest);
  if (isElevated) for (const line of ["", ...inFull(signed)]) world.say(line);
  for (;;) {
    for (const line of doubt === undefined ? prompt(text, isElevated) : [KEYS]) world.say(line);
    const line = await world.ask("> ");
    if (line === undefined || line === "q") return left(world);
    if (line === "r") return reject(world, signed);
    const lines = shownByKey(line, signed, world.now());
    if (lines !== undefined) for (const each of lines) world.say(each);
    else if (doubt === undefined && line === text) return approve(world, signed, isElevated ? line : undefined);
    else if (line !== "") world.say("That is neither the text nor a key. Nothing was decided.");
  }
}

function waiting(others: number): string {
  return `${others} other ${others === 1 ? "proposal waits" : "proposals wait"} as well: holdfast proposals --state open`;
}

function prompt(text: string, isReasonNeeded: boolean): readonly string[] {
  const wanted = `Type  ${visibleLine(text)}  to approve${isReasonNeeded ? "; then you are asked why, for the record" : ""}`;
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

/** Enter alone is asked about once more: a slip must not throw away what was typed before it. */
async function reasonFor(world: World, what: string): Promise<string | undefined> {
  const asks = [`Why do you ${what} it? > `, `A reason is needed: why do you ${what} it? (Enter alone: leave) > `];
  for (const each of asks) {
    const reason = await world.ask(each);
    if (reason === undefined) return undefined;
    if (reason.trim() !== "") return reason;
  }
  return undefined;
}

function left(world: World): ExitCode {
  world.say("Nothing was decided.");
  return EXIT.refused;
}
