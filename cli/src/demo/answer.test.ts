import { openEmbedded } from "@holdfast/bus/embedded";
import { readSettings } from "@holdfast/service";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allowedOf, openBench, type Bench } from "../../../services/approval/src/testing.ts";
import { readSigned, type Signed } from "../signed.ts";
import { painter } from "../terminal.ts";
import { pinned, served } from "../testing.ts";
import { findProposal } from "../vote.ts";
import type { World } from "../world.ts";
import { askPerson } from "./answer.ts";
import { openDoors } from "./doors.ts";
import { tellPerson } from "./teller.ts";

let bench: Bench;
let door: Awaited<ReturnType<typeof served>>;
let said: string[];

beforeEach(async () => {
  bench = await openBench(openEmbedded);
  door = await served(bench.door);
  said = [];
});

afterEach(async () => {
  door.close();
  await bench[Symbol.asyncDispose]();
});

/** Lets a person type these lines, one for each question, at the real door. */
async function typing(lines: readonly string[]): Promise<{ readonly signed: Signed; readonly answer: Promise<void> }> {
  const { draft, allowed } = allowedOf("asked");
  await bench.publish({ draft, allowed });
  const left = [...lines];
  const env = {
    HOLDFAST_APPROVAL_URL: door.url,
    HOLDFAST_TOKEN: bench.people.tokens.ana,
    HOLDFAST_PUBLIC_KEYS: pinned(bench.keys.trusted),
  };
  const world: World = {
    settings: readSettings("cli", env),
    say: (text) => void said.push(text),
    warn: (text) => void said.push(text),
    ask: () => Promise.resolve(left.shift()),
    paint: painter(false, undefined),
    now: () => bench.clock.now,
    fetch,
    env: {},
    openBus: () => Promise.reject(new Error("no bus is opened here")),
    start: () => Promise.reject(new Error("this test starts no services")),
    signal: AbortSignal.timeout(15_000),
  };
  const signed = await readSigned(world, await findProposal(world, allowed.proposal));
  const teller = tellPerson(world, (_, work) => work());
  return { signed, answer: askPerson({ world, doors: openDoors(world), teller }, signed) };
}

function votes({ allowed }: Signed): readonly unknown[] {
  const proposal = bench.knowledge.proposals.get(allowed.proposal);
  return proposal?.approvals.map(({ event: { vote } }) => [vote?.decision, vote?.typed, vote?.reason]) ?? [];
}

test("Enter sends nothing, a wrong text is refused by the server, and the right one asks for a reason", async () => {
  const { signed, answer } = await typing(["", "y", "payments/ap", "payments/api", " ", "it crashes"]);
  await answer;
  expect(votes(signed)).toEqual([["approve", "payments/api", "it crashes"]]);
  expect(said.filter((line) => line.startsWith("REFUSED"))).toEqual([
    "REFUSED  422: To approve this, type exactly payments/api. Nothing was recorded.",
    "REFUSED  422: To approve this, type exactly payments/api. Nothing was recorded.",
  ]);
});

test("where the input ends nobody has answered", async () => {
  const { signed, answer } = await typing(["e", "payments/api"]);
  await expect(answer).rejects.toThrow("Nobody answered");
  expect(votes(signed)).toEqual([]);
});

test("a rejection is recorded with its reason, and ends the story", async () => {
  const { signed, answer } = await typing(["r", "not at this hour"]);
  await expect(answer).rejects.toThrow("You rejected it");
  expect(votes(signed)).toEqual([["reject", null, "not at this hour"]]);
});
