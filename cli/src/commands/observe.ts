import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { readSettings } from "@holdfast/service";
import type { Command } from "../command.ts";
import { openFolder } from "../demo/folder.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { word, type Fields } from "../fields.ts";
import { clock } from "../moment.ts";
import { askedFor, environmentOf, USAGE, type Asked } from "../observe/options.ts";
import { incidentLines, summary, titled } from "../observe/screen.ts";
import { isAnswered, settledSurvey, standing, survey } from "../observe/survey.ts";
import type { Services } from "../services.ts";
import type { World } from "../world.ts";

const REFUSAL = /^.*cannot start\. /;
const READY_MS_MAX = 60_000;
/** Services that run and say the same for so long wait for something that is not there. */
const SAME_MS_MAX = 10_000;
const LOOK_MS = 2_000;
const SHIPPED_CONFIG = join(import.meta.dirname, "../../../config");

export const command: Command = {
  usage: USAGE,
  says: "your own cluster, read-only: what is wrong, and what would be done about it",
  run: async (args, world) => {
    const asked = askedFor(args, world.env);
    const folder = openFolder(asked.keep, "holdfast-observe-");
    if (typeof folder === "string") throw new Stopped(EXIT.usage, folder);
    try {
      return await observe(world, asked, folder.path);
    } finally {
      folder.remove();
    }
  },
};

/** Starts services that can only read, tells what they found, and goes on telling until it is stopped. */
async function observe(world: World, asked: Asked, folder: string): Promise<ExitCode> {
  // Nobody can approve anything here, so nobody is an approver.
  writeFileSync(join(folder, "approvers.yaml"), "approvers: []\n");
  const own = world.settings.HOLDFAST_CONFIG;
  const env = environmentOf(asked, world.env, folder, existsSync(own) ? own : SHIPPED_CONFIG);
  const refusals: string[] = [];
  world.warn("Starting services that read and cannot write.");
  await using services = await world.start({
    env,
    onLine: ({ text }) => void (REFUSAL.test(text) && refusals.push(text)),
  });
  await ready(services, refusals, world.signal);
  const inside: World = { ...world, settings: readSettings("cli", services.env) };
  const first = await settledSurvey(inside);
  for (const line of summary(first, asked, world)) world.say(line);
  if (asked.once) return EXIT.done;
  world.say(
    `INBOX    ${inside.settings.HOLDFAST_APPROVAL_URL}   Ctrl-C ends it${asked.keep === undefined ? " and removes what it stored" : ""}`,
  );
  await watch(inside, first.incidents);
  return EXIT.done;
}

async function ready(services: Services, refusals: readonly string[], signal: AbortSignal): Promise<void> {
  const began = performance.now();
  let [said, since] = ["", began];
  for (;;) {
    const missing = await services.untilReady(LOOK_MS);
    signal.throwIfAborted();
    if (missing.length === 0) return;
    // What cannot start says why, and starting it again changes nothing.
    const [refusal] = refusals;
    if (refusal !== undefined) throw new Stopped(EXIT.usage, refusal.replace(REFUSAL, ""));
    const now = performance.now();
    if (missing.join("\n") !== said || said.includes("does not answer yet")) [said, since] = [missing.join("\n"), now];
    if (now - since > SAME_MS_MAX || now - began > READY_MS_MAX) throw new Stopped(EXIT.unreachable, said);
  }
}

/** Says what is new and what is over, until it is stopped. */
async function watch(world: World, known: readonly Fields[]): Promise<void> {
  const told = new Map(known.map((incident) => [word(incident["id"]), incident]));
  while (!world.signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal: world.signal }).catch(() => undefined);
    const look = await survey(world).catch((error: unknown) => {
      // Ctrl-C ends the services as well, and whoever is being stopped asks them nothing more.
      if (!world.signal.aborted) throw error;
    });
    if (look === undefined || world.signal.aborted) return;
    const open = new Set(look.incidents.map(({ id }) => word(id)));
    // What is not answered yet is news once it is.
    const news = look.incidents.filter((one) => isAnswered(one) && !isSame(one, told.get(word(one["id"]))));
    const over = look.more > 0 ? [] : [...told].filter(([id]) => !open.has(id));
    if (news.length + over.length > 0) world.say(`\n${world.paint("soft", `--- ${clock(world.now(), world.now())}`)}`);
    for (const incident of news) {
      for (const line of newsOf(incident, world)) world.say(line);
      told.set(word(incident["id"]), incident);
    }
    for (const [id, incident] of over) {
      world.say(world.paint("go", titled("OVER", incident, world)));
      told.delete(id);
    }
  }
}

function isSame(incident: Fields, before: Fields | undefined): boolean {
  return before !== undefined && isDeepStrictEqual(standing(incident), standing(before));
}

/** Whose alerts have all ended needs no second telling: it closes once that has held for a while. */
function newsOf(incident: Fields, world: World): readonly string[] {
  const isQuiet = incident["alertsFiring"] === 0 && Number(incident["alertsEver"]) > 0;
  return isQuiet ? [world.paint("go", titled("QUIET", incident, world))] : incidentLines(incident, world);
}
