import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Part } from "../../../scripts/supervisor.ts";
import { ask, read, secret, until, type Running } from "../../running.ts";
import { breakDown, outcome, peace, proposals, vote, type Shown } from "../../story.ts";
import { meddle } from "./intruder.ts";
import type { Model } from "./model.ts";
import type { Staff } from "./staff.ts";

/** A working day in minutes, scene by scene: what breaks, who decides, who meddles, what fails. */

export type Stage = {
  readonly running: Running;
  readonly model: Model;
  readonly staff: Staff & { readonly alice: string };
  readonly say: (what: string) => void;
};

const QUIET_MS = 8_000;
const ROUNDS_MAX = 20;

export async function day(stage: Stage): Promise<void> {
  const { running, staff, say } = stage;
  await sleep(QUIET_MS);
  await scene(stage, "alice reads, and approves a rollback", "bad-rollout", (one) =>
    decide(stage, one, "alice", 6_000),
  );
  await denied(stage);
  await scene(stage, "ben approves within a second", "stuck-pod", (one) => decide(stage, one, "ben", 900));
  await scene(stage, "alice says no", "crash-without-release", async (one) => {
    await look(running, one, staff.alice);
    await sleep(4_000);
    const sent = {
      proposalId: one.id,
      digest: one.digest,
      decision: "reject",
      reason: "redis is being repaired by hand",
    };
    await ask(running, "approval", "/v1/approvals", sent, staff.alice);
    await heal(running);
  });
  await scene(stage, "ben approves what he never opened", "oom-loop", (one) => decide(stage, one, "ben"));
  await scene(stage, "nobody answers for long, then carol does", "image-not-found", (one) =>
    decide(stage, one, "carol", 34_000),
  );
  await denied(stage);
  await scene(stage, "it ends by itself while it is open", "crash-without-release", async () => {
    await sleep(3_000);
    await heal(running);
  });
  await storm(stage);
  for (const time of ["once", "twice"])
    await scene(stage, `the cluster is not what was approved, ${time}`, "bad-rollout", async (one) => {
      await look(running, one, staff.alice);
      await sleep(3_500);
      await heal(running);
      await vote(running, one, staff.alice);
      say(`  the executor: ${(await outcome(running, one)).state}`);
    });
  say("somebody writes to the bus who must not");
  await meddle(running.data);
  await sleep(4_000);
  await broken(stage);
  await spend(stage);
  await sleep(QUIET_MS);
}

/** One thing breaks, a proposal opens, somebody does something about it, and it is over. */
async function scene(
  { running, say }: Stage,
  title: string,
  scenario: string,
  then: (open: Shown) => Promise<void>,
): Promise<void> {
  say(title);
  const before = new Set((await proposals(running)).map(({ id }) => id));
  await breakDown(running, scenario);
  const open = await until(`a proposal for ${scenario}`, async () =>
    (await proposals(running)).find(({ id, state }) => state === "open" && !before.has(id)),
  );
  await then(open);
  await peace(running);
}

async function decide(
  { running, staff, say }: Stage,
  open: Shown,
  who: keyof Stage["staff"],
  readsForMs?: number,
): Promise<void> {
  if (readsForMs !== undefined) {
    await look(running, open, staff[who]);
    await sleep(readsForMs);
  }
  const { status } = await vote(running, open, staff[who]);
  say(`  ${who}: ${status}, and the executor: ${(await outcome(running, open)).state}`);
}

async function look(running: Running, { id }: Shown, token: string): Promise<void> {
  await ask(running, "approval", `/v1/proposals/${id}`, undefined, token);
}

async function heal(running: Running): Promise<void> {
  await ask(running, "sandbox", "/sandbox/heal", {});
}

async function denied({ running, say }: Stage): Promise<void> {
  say("a node of production fails, and policy says no");
  const before = (await proposals(running)).length;
  await breakDown(running, "node-not-ready");
  await until("a denial", async () => ((await proposals(running)).length > before ? true : undefined));
  await sleep(2_000);
  await heal(running);
  await peace(running);
}

/** Many alerts of few things, while the model is away. */
async function storm({ running, model, say }: Stage): Promise<void> {
  say("a storm of sixty alerts, while the model does not answer");
  model.fails(true);
  const send = (status: string): Promise<unknown> =>
    ask(running, "intake", "/v1/alertmanager", stormOf(status), secret(running, "intake.token"));
  await send("firing");
  await until("three analyses without a model", async () => {
    const { events } = await read<{ events: { event: { outcome?: string } }[] }>(
      running,
      "audit",
      "/v1/events?topic=analyses&limit=500",
    );
    return events.filter(({ event }) => event.outcome === "provider_down").length >= 3 ? true : undefined;
  });
  await sleep(2_000);
  model.fails(false);
  await send("resolved");
  await peace(running);
}

const STARTED = new Date().toISOString();
const KINDS = ["DiskSlow", "QueueLong", "CertificateOld", "CacheCold"];

function stormOf(status: string): unknown {
  const endsAt = status === "resolved" ? new Date().toISOString() : "0001-01-01T00:00:00Z";
  const alerts = Array.from({ length: 60 }, (_, at) => ({
    status,
    labels: { alertname: KINDS[at % KINDS.length], severity: "warning", instance: `10.0.0.${at}:9100` },
    annotations: {},
    startsAt: STARTED,
    endsAt,
    generatorURL: "",
    fingerprint: at.toString(16).padStart(16, "a"),
  }));
  const common = {
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager",
    groupKey: "{}",
  };
  return { version: "4", status, receiver: "holdfast", truncatedAlerts: 0, alerts, ...common };
}

/** A model that reads more than it should, until most of the day's money is gone. */
async function spend({ running, model, say }: Stage): Promise<void> {
  say("the model reads much");
  model.readsMuch();
  for (let round = 0; (await share(running)) < 0.85; round += 1) {
    if (round === ROUNDS_MAX) throw new Error("the model took too little of the day's money for its alert to fire");
    // While the provider is spared after its failures, the signatures answer alone: then the next round asks it.
    await breakDown(running, round % 2 === 0 ? "oom-loop" : "image-not-found");
    await sleep(4_000);
    await heal(running);
    await peace(running);
  }
}

/** Of the day's money what is spent. */
async function share(running: Running): Promise<number> {
  const text = await metrics(running.holdfast().settings.HOLDFAST_TRIAGE_ADMIN_PORT);
  const part = (name: string): number =>
    Number(new RegExp(`^holdfast_model_day_usd\\{part="${name}".*\\} (.*)$`, "m").exec(text)?.[1]);
  return part("spent") / part("budget");
}

async function metrics(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** A process that is killed, one that hangs, a log that stands still for a moment, and one byte of it that somebody changed. */
async function broken({ running, say }: Stage): Promise<void> {
  say("policy is killed, and is back within a second");
  running.holdfast().kill("policy");
  say("the executor hangs for ten seconds");
  await frozen(running, "executor", 10_000);
  say("audit stands still while records come");
  const still = frozen(running, "audit", 8_000);
  await breakDown(running, "stuck-pod");
  await still;
  await sleep(5_000);
  await heal(running);
  await peace(running);
  say("somebody changes one byte of the published log, and puts it back");
  const [tile = ""] = globSync(join(running.data, "audit", "public", "tile", "entries", "**", "*")).filter((path) =>
    isBundle(path),
  );
  const bytes = readFileSync(tile);
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
  writeFileSync(tile, changed);
  const failed = 'holdfast_audit_verify_failures_total{service="audit"} 0';
  const port = running.holdfast().settings.HOLDFAST_AUDIT_ADMIN_PORT;
  await until("a verification that fails", async () => ((await metrics(port)).includes(failed) ? undefined : true));
  writeFileSync(tile, bytes);
}

function isBundle(path: string): boolean {
  return /\d$/.test(path) && !path.endsWith(".p");
}

async function frozen(running: Running, part: Part, ms: number): Promise<void> {
  const pid = running.holdfast().pid(part);
  if (pid === undefined) throw new Error(`${part} does not run`);
  process.kill(pid, "SIGSTOP");
  await sleep(ms);
  process.kill(pid, "SIGCONT");
}
