import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../world.ts";
import type { Doors, Recorded } from "./doors.ts";
import type { Teller } from "./teller.ts";

/** What every act of the story plays on. */
export type Stage = { readonly world: World; readonly doors: Doors; readonly teller: Teller };

const SECONDS_MAX = 30;
const LOOK_MS = 60;

/** Looks again and again until something is there. @throws with a sentence when it does not come */
export function seen<T>({ world, teller }: Stage, what: string, look: () => Promise<T | undefined>): Promise<T> {
  return teller.working(`waiting for ${what}`, async () => {
    const end = performance.now() + SECONDS_MAX * 1000;
    for (;;) {
      const there = await look();
      if (there !== undefined) return there;
      if (performance.now() > end)
        throw new Error(`The demo waited ${SECONDS_MAX} s for ${what}, and that did not come.`);
      await sleep(LOOK_MS, undefined, { signal: world.signal });
    }
  });
}

/** Waits for a record of the log: not before it is there may the story speak of it. */
export function recordOf(
  stage: Stage,
  what: string,
  query: Readonly<Record<string, string>>,
  fits: (record: Recorded) => boolean = () => true,
): Promise<Recorded> {
  return seen(stage, what, async () => (await stage.doors.events(query)).find(fits));
}
