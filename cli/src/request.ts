import { setTimeout as sleep } from "node:timers/promises";
import { deniedScreen } from "./denied-screen.ts";
import { approval, call, detailOf, needToken, tokenOf, type Answer } from "./door.ts";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import { word, type Fields } from "./fields.ts";
import { panel } from "./panel.ts";
import { readSigned } from "./signed.ts";
import { findProposal } from "./vote.ts";
import type { World } from "./world.ts";

const LOOK_MS = 250;
const PLANNED_MS_MAX = 15_000;

type Said = { readonly reason: string | undefined; readonly asJson: boolean };

/** Asks for another plan of a proposal, and shows what policy planned and how it is decided. Asking decides nothing. */
export async function askAnew(
  world: World,
  name: string,
  door: "replan" | "backout",
  { reason, asJson }: Said,
): Promise<ExitCode> {
  const token = needToken(world);
  const id = word((await findProposal(world, name))["id"]);
  const url = approval(world, `/v1/proposals/${encodeURIComponent(id)}/${door}`);
  const answer = await call(world, "approval", url, {
    method: "POST",
    body: reason === undefined ? {} : { reason },
    token,
  });
  if (asJson) world.say(answer.text);
  if (answer.status !== 201) {
    if (!asJson) world.warn(`Your request was not taken. ${detailOf(answer)}`);
    return EXIT.refused;
  }
  return asJson ? EXIT.done : tell(world, word(answer.json["next"]));
}

async function tell(world: World, next: string): Promise<ExitCode> {
  const shown = await planned(world, next);
  if (shown === undefined) {
    world.say(`Your request is recorded, and policy has not answered yet. holdfast show ${next} tells what it plans.`);
    return EXIT.done;
  }
  if (shown["state"] === "denied") {
    const url = approval(world, `/v1/incidents/${encodeURIComponent(word(shown["incident"]))}`);
    const incident = await call(world, "approval", url, { token: tokenOf(world) });
    for (const line of deniedScreen(shown, incident.json, world)) world.say(line);
    return EXIT.refused;
  }
  for (const line of await panel(world, shown, await readSigned(world, shown), "with keys")) world.say(line);
  const code = word(shown["code"]);
  world.say(
    shown["state"] === "open"
      ? `It is proposed, and nothing has changed yet. To decide: holdfast review ${code}`
      : `You asked for it before, and it is ${word(shown["state"])}: holdfast show ${code}`,
  );
  return EXIT.done;
}

/** The new proposal once policy has answered; undefined where that takes longer than somebody waits. */
async function planned(world: World, id: string): Promise<Fields | undefined> {
  const until = world.now() + PLANNED_MS_MAX;
  for (;;) {
    const answer: Answer = await call(world, "approval", approval(world, `/v1/proposals/${encodeURIComponent(id)}`), {
      token: tokenOf(world),
    });
    if (answer.status === 200) return answer.json;
    if (answer.status !== 404) throw new Stopped(EXIT.refused, detailOf(answer));
    if (world.now() >= until) return undefined;
    await sleep(LOOK_MS, undefined, { signal: world.signal });
  }
}
