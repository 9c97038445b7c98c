import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "@holdfast/bus/embedded";
import { stepId, type Execution, type ExecutionState } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { openMetrics, type Log } from "@holdfast/service";
import { expect, onTestFinished, test, vi } from "vitest";
import { allowedOf, openBench, T0, type Bench } from "../testing.ts";
import { openMemory } from "./memory.ts";
import { notifyingOf, startNotifier, type Notifying } from "./notifier.ts";
import { slack } from "./slack.ts";
import type { Target } from "./target.ts";
import { openPeer, type Heard, type Peer } from "./testing.ts";
import { webhook } from "./webhook.ts";

const PACE = { lookMs: 10, firstMs: 20, mostMs: 50 };
const SOON = { timeout: 15_000, interval: 20 };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-notify-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function bench(targets: readonly Target[], told: Partial<Notifying> = {}): Promise<Bench> {
  const opened = await openBench(openEmbedded, "127.0.0.1", { targets, pace: PACE, ...told });
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

const states = (heard: readonly Heard[]): readonly unknown[] =>
  heard.map(({ body }) => `${String(body["event"])} ${String(body["code"])}`);
const ids = (heard: readonly Heard[]): readonly unknown[] => heard.map(({ body }) => body["id"]);
const reached = (peer: Peer, count: number): Promise<void> =>
  vi.waitFor(() => expect(peer.heard.length).toBeGreaterThanOrEqual(count), SOON);
const idle = async (peer: Peer): Promise<number> => {
  await new Promise((done) => setTimeout(done, 300));
  return peer.heard.length;
};

test("somebody is told of a proposal that waits, once, with a link to it", async () => {
  const peer = await openPeer();
  const { publish } = await bench([webhook(peer.url, undefined)]);
  const made = allowedOf("one");
  await publish(made);
  await reached(peer, 1);
  expect(peer.heard[0]?.body).toMatchObject({
    event: "opened",
    state: "open",
    proposal: made.allowed.proposal,
    link: `https://holdfast.example/proposals/${made.allowed.proposal}`,
  });
  expect(await idle(peer)).toBe(1);
});

test("each target is told for itself: one that is down holds no other, and is told once it is back", async () => {
  const [well, ill] = [await openPeer(), await openPeer((res) => void res.writeHead(500).end())];
  const { publish } = await bench([webhook(well.url, undefined), { ...slack(ill.url), gapMs: 0 }]);
  await publish(allowedOf("one"));
  await reached(well, 1);
  await reached(ill, 3);
  ill.answer = (res) => void res.writeHead(200).end("ok");
  const failed = ill.heard.length;
  await reached(ill, failed + 1);
  const all = await idle(ill);
  expect(all).toBeLessThanOrEqual(failed + 2);
  expect(await idle(ill)).toBe(all);
  expect(well.heard).toHaveLength(1);
});

test("one message that its target chokes on holds no other for ever", async () => {
  const peer = await openPeer();
  let choked: unknown;
  peer.answer = (res) => {
    const id = peer.heard.at(-1)?.body["id"];
    choked ??= id;
    res.writeHead(id === choked ? 500 : 200).end();
  };
  const { publish } = await bench([webhook(peer.url, undefined)]);
  await publish(allowedOf("one"));
  await reached(peer, 1);
  await publish(allowedOf("two"));
  await vi.waitFor(() => expect(new Set(ids(peer.heard)).size).toBe(2), SOON);
});

test("of what nobody knows somebody is told, and told again once it is known", async () => {
  const peer = await openPeer();
  const { publish, put, clock } = await bench([webhook(peer.url, undefined)]);
  const made = allowedOf("one");
  const { proposal, incident } = made.allowed;
  await publish(made);
  clock.now = T0 + 60_000;
  await put("proposals.approved", sample("proposals.approved", "by-one-person", { proposal, incident }));
  const ended = (state: ExecutionState): Execution =>
    sample("executions", "succeeded", { id: stepId(proposal, state), proposal, incident, state, at: T0 + 60_000 });
  await put("executions", ended("unknown"));
  await vi.waitFor(
    () => expect(peer.heard.at(-1)?.body).toMatchObject({ state: "unknown", severity: "critical" }),
    SOON,
  );
  await put("executions", ended("succeeded"));
  await vi.waitFor(() => expect(peer.heard.at(-1)?.body).toMatchObject({ event: "ended", state: "succeeded" }), SOON);
});

test("a target that asks for time is given it, whatever the pace", async () => {
  const at: number[] = [];
  const throttled: Target = {
    name: "slow",
    gapMs: 0,
    send: async () => {
      at.push(performance.now());
      return { outcome: "failed", kind: "throttled", says: "it answered 429", retryAfterMs: 700 };
    },
  };
  const { publish } = await bench([throttled]);
  await publish(allowedOf("one"));
  await vi.waitFor(() => expect(at.length).toBeGreaterThan(1), SOON);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(690);
});

test("a message that its target refuses for good is not sent again", async () => {
  const peer = await openPeer((res) => void res.writeHead(400).end("invalid_payload"));
  const { publish } = await bench([webhook(peer.url, undefined)]);
  await publish(allowedOf("one"));
  await reached(peer, 1);
  expect(await idle(peer)).toBe(1);
});

test("after a start again nothing is told twice; a crash between telling and remembering tells it once more, under the same id", async () => {
  const peer = await openPeer();
  const file = join(folder(), "told.sqlite");
  const first = await bench([webhook(peer.url, undefined)], { file });
  await first.publish(allowedOf("one"));
  await reached(peer, 1);
  await idle(peer);
  await first[Symbol.asyncDispose]();
  const again = await bench([webhook(peer.url, undefined)], { file });
  await again.publish(allowedOf("one"));
  expect(await idle(peer)).toBe(1);
  await again[Symbol.asyncDispose]();
  rmSync(file, { force: true });
  const forgetful = await bench([webhook(peer.url, undefined)], { file });
  await forgetful.publish(allowedOf("one"));
  await reached(peer, 2);
  expect(new Set(ids(peer.heard)).size).toBe(1);
});

test("where the memory cannot be opened, votes are taken and people are told", async () => {
  const peer = await openPeer();
  const file = join(folder(), "told.sqlite");
  writeFileSync(file, "this is no database, and it is longer than the header of one would be".repeat(20));
  const { publish } = await bench([webhook(peer.url, undefined)], { file });
  await publish(allowedOf("one"));
  await reached(peer, 1);
});

test("what was told and could not be written is not told again by this process", () => {
  using memory = openMemory(":memory:", T0);
  const told = memory.told("slack");
  expect(told("a")).toBeUndefined();
  memory.remember("slack", "a", T0);
  memory.remember("slack", "a", T0 + 5);
  expect([told("a"), memory.told("webhook")("a")]).toEqual([T0 + 5, undefined]);
  expect([memory.since("slack", T0), memory.since("slack", T0 + 9)]).toEqual([T0, T0]);
});

test("of several instances one tells, and another takes over when it ends", async () => {
  const peer = await openPeer();
  const file = join(folder(), "told.sqlite");
  const lines: string[] = [];
  const quiet = (says: string): void => void lines.push(says);
  const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const host = await bench([], { file });
  const start = async (): Promise<AsyncDisposableStack> => {
    const stack = new AsyncDisposableStack();
    onTestFinished(() => stack.disposeAsync());
    const targets = [webhook(peer.url, undefined)];
    const bus = stack.use(await openEmbedded({ file: host.file, codec: host.codec, service: "approval" }));
    await startNotifier(
      { targets, file, door: "https://holdfast.example", expiringMs: 0, pace: PACE },
      {
        bus,
        proposals: host.knowledge.proposals,
        isCaughtUp: host.view.isCaughtUp,
        eye: () => ({ open: host.codec.open, now: host.clock.now, settleMs: 3_000 }),
        log,
        metrics: openMetrics("approval"),
      },
      stack,
    );
    return stack;
  };
  const first = await start();
  await start();
  await host.publish(allowedOf("one"));
  await reached(peer, 1);
  expect(await idle(peer)).toBe(1);
  await first.disposeAsync();
  await host.publish(allowedOf("two"));
  await reached(peer, 2);
  expect(new Set(states(peer.heard)).size).toBe(2);
});

test("a token that has nowhere to go stops the start with a sentence", () => {
  const settings = {
    HOLDFAST_DATA: "data",
    HOLDFAST_APPROVAL_PUBLIC_URL: "http://127.0.0.1:8080",
    HOLDFAST_NOTIFY_WEBHOOK_URL: undefined,
    HOLDFAST_NOTIFY_WEBHOOK_TOKEN: "x",
    HOLDFAST_NOTIFY_SLACK_URL: undefined,
    HOLDFAST_NOTIFY_EXPIRING_MINUTES: 5,
  };
  expect(() => notifyingOf(settings)).toThrow(/Set both, or none/);
  expect(notifyingOf({ ...settings, HOLDFAST_NOTIFY_WEBHOOK_TOKEN: undefined }).targets).toEqual([]);
});
