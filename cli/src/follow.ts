import { setTimeout as sleep } from "node:timers/promises";
import { word } from "./fields.ts";
import { outcomeLines } from "./panel.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { findProposal } from "./vote.ts";
import type { World } from "./world.ts";

const FINISHED = ["succeeded", "failed", "refused", "unknown", "rejected"];
const LOOK_MS = 500;
const FOLLOW_MS_MAX = 60_000;

/** Tells what becomes of an approved proposal, as long as somebody may want to stand by; it goes on without being watched. */
export async function follow(world: World, id: string): Promise<ExitCode> {
  const until = world.now() + FOLLOW_MS_MAX;
  let last = "";
  for (;;) {
    const shown = await findProposal(world, id);
    const state = word(shown["state"]);
    if (state === "open") return EXIT.done;
    if (state !== last && !FINISHED.includes(state)) world.say(`It is ${state}.`);
    last = state;
    if (FINISHED.includes(state)) {
      for (const line of outcomeLines(shown)) world.say(line);
      return state === "succeeded" ? EXIT.done : EXIT.refused;
    }
    if (world.now() >= until) {
      world.say(`It is still ${state}. holdfast show ${id} tells how it ends.`);
      return EXIT.done;
    }
    await sleep(LOOK_MS, undefined, { signal: world.signal });
  }
}
