import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomOf, shuffled } from "../chance.ts";
import type { Part } from "../../scripts/supervisor.ts";
import { keepEvidence } from "../evidence.ts";
import { violations } from "../invariants.ts";
import { proven } from "../records.ts";
import { ask, PARTS, read, startAll, until, type Running } from "../running.ts";
import { breakDown, outcome, peace, proposals, proposed, status, vote, type Shown } from "../story.ts";

const KILLS_A_ROUND = 2;
const ROUNDS = Number(process.env["ROUNDS"] ?? Math.ceil(PARTS.length / KILLS_A_ROUND));
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const TIMEOUT = 300_000;
/** About as long as a story takes. */
const STORY_MS = 7_000;

type Scenario = { readonly name: string; readonly action: string; readonly namespace: string; readonly target: RegExp };
const ROLLOUT: Scenario = {
  name: "bad-rollout",
  action: "rollback_deployment",
  namespace: "payments",
  target: /^api$/,
};
const IMAGE: Scenario = { name: "image-not-found", action: "rollback_deployment", namespace: "shop", target: /^cart$/ };
const STUCK: Scenario = { name: "stuck-pod", action: "evict_pod", namespace: "shop", target: /^web-/ };
const MEMORY: Scenario = { name: "oom-loop", action: "rollback_deployment", namespace: "shop", target: /^web$/ };

/**
 * Restarts and kills lose nothing and do nothing twice. Each round tells three stories at once and kills two processes at
 * random moments of them; four rounds kill every process. `ROUNDS` says how many, and `SEED` tells the same kills again.
 * @param bus the settings of the bus it runs on.
 */
export function restartsHold(bus: () => Promise<Readonly<Record<string, string>>>): void {
  const data = mkdtempSync(join(tmpdir(), "holdfast-whole-"));
  const config = join(data, "config");
  let running: Running;

  beforeAll(async () => {
    cpSync("config", config, { recursive: true });
    const limits = readFileSync("config/limits.yaml", "utf8");
    // The budget of an hour would end these stories after six rounds.
    writeFileSync(join(config, "limits.yaml"), limits.replace(/(actionsPerTargetAndHour:) \d+/, "$1 1000"));
    running = await startAll(
      { HOLDFAST_CONFIG: config, HOLDFAST_SETTLE_SECONDS: "1", HOLDFAST_RECONCILE_SECONDS: "5", ...(await bus()) },
      data,
    );
  }, TIMEOUT);

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
  }, TIMEOUT);

  test(
    "a restart of everything keeps the open proposal, and the vote, and does nothing twice",
    { timeout: TIMEOUT },
    async () => {
      await breakDown(running, ROLLOUT.name);
      const before = await proposed(running, "a proposal", isOpenFor(ROLLOUT, new Set()));
      await running.restart();
      const after = await until("the proposal", () => read<Shown>(running, "approval", `/v1/proposals/${before.id}`));
      expect(after).toEqual(before);
      expect((await vote(running, after)).status).toBe(201);
      await running.restart();
      expect((await outcome(running, before)).state).toMatch(/^(succeeded|refused)$/);
      await holds(running);
      expect((await proposals(running)).map(({ id }) => id)).toEqual([before.id]);
    },
  );

  test(
    `kills at random moments lose nothing and do nothing twice (SEED=${SEED})`,
    { timeout: ROUNDS * TIMEOUT },
    async () => {
      const random = randomOf(SEED);
      let next: readonly Part[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        // Whatever is killed often is started ever later; a new start forgets that.
        if (round > 0 && next.length < KILLS_A_ROUND) await running.restart();
        if (next.length < KILLS_A_ROUND) next = [...next, ...shuffled(PARTS, random)];
        const kills = next.slice(0, KILLS_A_ROUND).map((part) => ({ part, afterMs: Math.floor(random() * STORY_MS) }));
        next = next.slice(KILLS_A_ROUND);
        console.info(
          `round ${round}: ${kills.map(({ part, afterMs }) => `${part} is killed after ${afterMs} ms`).join(", ")}`,
        );
        await kept(running, `restarts-${SEED}-${round}`, async () => {
          await tellAll(running, round, kills);
          await holds(running);
        });
      }
    },
  );
}

/** What failed here may not fail again for hours, so that it is looked into is prepared at once. */
async function kept(running: Running, name: string, round: () => Promise<void>): Promise<void> {
  try {
    await round();
  } catch (cause) {
    console.error(`Its logs and records are kept in ${await keepEvidence(running, name)}`);
    throw cause;
  }
}

type Kill = { readonly part: Part; readonly afterMs: number };

async function tellAll(running: Running, round: number, kills: readonly Kill[]): Promise<void> {
  const known = new Set((await proposals(running)).map(({ id }) => id));
  // A pod counts as stuck only once it has run for a minute: three have when the cluster is new.
  const stories = [ROLLOUT, IMAGE, round < 3 ? STUCK : MEMORY].map((scenario) => tell(running, scenario, known));
  const killed = kills.map(({ part, afterMs }) => sleep(afterMs).then(() => running.holdfast().kill(part)));
  await Promise.all([...stories, ...killed]);
}

/** One story to its end, by a person who asks again where nobody answers. */
async function tell(running: Running, scenario: Scenario, known: ReadonlySet<string>): Promise<void> {
  await breakDown(running, scenario.name);
  const proposal = await proposed(running, `a proposal for ${scenario.name}`, isOpenFor(scenario, known));
  await until("an answer to the vote", async () => {
    const { status: code } = await vote(running, proposal);
    return code === 201 || code === 409 ? true : undefined;
  });
  const { state, outcome: because } = await outcome(running, proposal);
  if (state !== "succeeded") console.info(`${scenario.name} ended ${state}: ${because?.because ?? ""}`);
}

function isOpenFor({ action, namespace, target }: Scenario, known: ReadonlySet<string>): (proposal: Shown) => boolean {
  return (one) =>
    one.state === "open" &&
    one.action === action &&
    one.target.namespace === namespace &&
    target.test(one.target.name) &&
    !known.has(one.id);
}

/** Everything is ready and at peace, the log proves all of it, and no rule is violated. */
async function holds(running: Running): Promise<void> {
  expect(await running.holdfast().untilReady(60_000)).toEqual([]);
  // What was refused because its executor died was not done; somebody repairs it by hand.
  const refused = (await proposals(running)).some(({ state }) => state === "refused");
  if (refused && !(await status(running)).healthy) await ask(running, "sandbox", "/sandbox/heal", {});
  await peace(running);
  expect(await violations(running)).toEqual([]);
  await proven(running);
}
