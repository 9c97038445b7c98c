import { setTimeout as sleep } from "node:timers/promises";
import { approval, need } from "../door.ts";
import { fieldsOf, listOf, word, type Fields } from "../fields.ts";
import type { World } from "../world.ts";

/** What was found so far: every open incident whole, as the door tells it. */
export type Survey = {
  readonly alertsFiring: number;
  readonly incidents: readonly Fields[];
  /** Open ones beyond those that are told whole. */
  readonly more: number;
};

const WHOLE_MAX = 40;
const LOOK_MS = 1_000;
const SETTLED_MS_MAX = 60_000;

export async function survey(world: World): Promise<Survey> {
  const { json } = await need(world, "approval", approval(world, "/v1/incidents?limit=200"));
  const open = listOf(json["incidents"]).filter(({ state }) => state === "open");
  const incidents: Fields[] = [];
  for (const { id } of open.slice(0, WHOLE_MAX))
    incidents.push(
      (await need(world, "approval", approval(world, `/v1/incidents/${encodeURIComponent(word(id))}`))).json,
    );
  return { alertsFiring: await alertsFiring(world), incidents, more: open.length - incidents.length };
}

/** The first survey that is whole: looked into, answered, and the same twice. What takes longer is told as it stands. */
export async function settledSurvey(world: World): Promise<Survey> {
  const until = world.now() + SETTLED_MS_MAX;
  let before = "";
  for (;;) {
    const found = await survey(world);
    const now = JSON.stringify(found.incidents.map(standing));
    if ((found.incidents.every(isAnswered) && now === before) || world.now() > until) return found;
    before = now;
    await sleep(LOOK_MS, undefined, { signal: world.signal });
  }
}

/** What changes when there is something new to say of an incident. */
export function standing({ id, alertsFiring: firing, analyses, proposals }: Fields): readonly unknown[] {
  return [id, firing, listOf(analyses).length, listOf(proposals).map(({ id: proposal, state }) => [proposal, state])];
}

/** Looked into, and policy has said what it thinks of every draft. */
export function isAnswered({ analyses, proposals }: Fields): boolean {
  return listOf(analyses).length > 0 && listOf(proposals).every(({ state }) => state !== "drafted");
}

/** From the record of every alert, those included that never become an incident. */
async function alertsFiring(world: World): Promise<number> {
  const status = new Map<string, string>();
  let after: unknown = -1;
  while (typeof after === "number") {
    const url = `${world.settings.HOLDFAST_AUDIT_URL}/v1/events?topic=alerts&limit=500${after < 0 ? "" : `&after=${after}`}`;
    const { json } = await need(world, "audit", url);
    for (const { event } of listOf(json["events"])) {
      const { fingerprint, status: now } = fieldsOf(event);
      status.set(word(fingerprint), word(now));
    }
    after = json["next"];
  }
  return [...status.values()].filter((now) => now === "firing").length;
}
