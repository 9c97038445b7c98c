import { setTimeout as sleep } from "node:timers/promises";
import { visibleJson } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { need, tokenOf, type Answer } from "../door.ts";
import { eventLine, undoOf } from "../events.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import { findNamed } from "../named.ts";
import { verify } from "../verify.ts";
import type { World } from "../world.ts";

const USAGE = "audit verify [FOLDER] | audit show PROPOSAL|INCIDENT | audit tail [--after INDEX]   [--json]";
const LOOK_MS = 1_000;
const TAIL = 20;

export const command: Command = {
  usage: USAGE,
  says: "the record of everything: verified, told, watched",
  run: async (args, world) => {
    const { values, names } = given(
      USAGE,
      args,
      { json: { type: "boolean" }, after: { type: "string" } },
      { least: 1, most: 2 },
    );
    const [verb, name] = names;
    const asJson = values.json === true;
    if (values.after !== undefined && verb !== "tail") throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    switch (verb ?? "") {
      case "verify":
        return verify(world, name, asJson);
      case "show":
        if (name !== undefined) return show(world, name, asJson);
        break;
      case "tail":
        if (name === undefined) return tail(world, values.after, asJson);
        break;
    }
    throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
  },
};

/** The story of one proposal or incident, for the postmortem. */
async function show(world: World, name: string, asJson: boolean): Promise<ExitCode> {
  const pages = await storyOf(world, name);
  const events = pages.flatMap(({ json }) => eventsOf(json));
  if (events.length === 0)
    throw new Stopped(
      EXIT.refused,
      `The log has no record of ${word(name)}. Name a proposal or an incident: \`holdfast proposals\` and \`holdfast incidents\` list them.`,
    );
  if (asJson) for (const { text } of pages) world.say(text);
  if (asJson) return EXIT.done;
  for (const event of events) world.say(eventLine(event));
  const undo = undoOf(events);
  for (const line of undo === undefined ? [] : ["To undo it:", undo]) world.say(line);
  return EXIT.done;
}

/** Audit knows whole ids; approval, where it can be reached, knows which one a short name means. */
async function storyOf(world: World, name: string): Promise<readonly Answer[]> {
  if (/^[0-9a-f-]{36}$/.test(name)) {
    const pages = await pagesOf(world, "proposal", name);
    return pages.some(({ json }) => eventsOf(json).length > 0) ? pages : pagesOf(world, "incident", name);
  }
  const { kind, answer } = await findNamed(world, name);
  return pagesOf(world, kind, word(answer.json["id"]));
}

async function pagesOf(world: World, kind: "proposal" | "incident", id: string): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  for (let after = ""; ;) {
    const answer = await page(world, `${kind}=${encodeURIComponent(id)}${after}`);
    pages.push(answer);
    if (typeof answer.json["next"] !== "number") return pages;
    after = `&after=${answer.json["next"]}`;
  }
}

/** Prints what is recorded, and goes on until it is stopped. */
async function tail(world: World, from: string | undefined, asJson: boolean): Promise<ExitCode> {
  let after = from ?? String((await size(world)) - 1 - TAIL);
  while (!world.signal.aborted) {
    const answer = await page(world, Number(after) < 0 ? "" : `after=${encodeURIComponent(after)}`);
    const events = eventsOf(answer.json);
    for (const event of events) world.say(asJson ? visibleJson(event) : eventLine(event));
    after = word(events.at(-1)?.["index"], after);
    if (answer.json["next"] === null) await sleep(LOOK_MS, undefined, { signal: world.signal }).catch(() => undefined);
  }
  return EXIT.done;
}

/** The second line of a checkpoint is the number of its entries. */
async function size(world: World): Promise<number> {
  const { text } = await need(world, "audit", `${world.settings.HOLDFAST_AUDIT_URL}/checkpoint`);
  return Number(text.split("\n")[1] ?? 0);
}

function page(world: World, query: string): ReturnType<typeof need> {
  return need(world, "audit", `${world.settings.HOLDFAST_AUDIT_URL}/v1/events?${query}`, { token: tokenOf(world) });
}

function eventsOf({ events }: Fields): readonly Fields[] {
  return listOf(events);
}
