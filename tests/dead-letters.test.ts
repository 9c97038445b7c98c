import { join } from "node:path";
import { REPLAY_OF, type Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openCodec, stepId, type DeadLetter } from "@holdfast/schemas";
import { sample, testKeys } from "@holdfast/schemas/testing";
import { operatorBus } from "@holdfast/wiring";
import { afterAll, beforeAll, expect, test } from "vitest";
import { terminal, type Ran } from "../cli/src/testing.ts";
import { events, onTheBus, proven } from "./records.ts";
import { ask, read, secret, startAll, until, type Running } from "./running.ts";
import { breakDown, outcome, peace, proposals, proposed, vote, type Shown } from "./story.ts";

/** One bad record on a running Holdfast: what it holds, who lets it go on, and what stands on the record of it. */

const TIMEOUT = 120_000;
const POISON = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);

let running: Running;
let bus: Bus;
let proposal: Shown;
let letter: string;

beforeAll(async () => {
  running = await startAll();
  // Whoever may write the file, with a key that nobody pins.
  const stranger = openCodec({ service: "stranger", trusted: testKeys().trusted, signing: testKeys().signing });
  bus = await openEmbedded({ file: join(running.data, "bus.sqlite"), codec: stranger, service: "stranger" });
}, TIMEOUT);

afterAll(async () => {
  await bus[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
}, TIMEOUT);

type Listed = {
  readonly id: string;
  readonly state: string;
  readonly topic: string;
  readonly waiting: readonly string[];
};

const listed = async (): Promise<readonly Listed[]> =>
  (await read<{ letters: Listed[] }>(running, "approval", "/v1/dead-letters")).letters;

async function holdfast(...args: readonly string[]): Promise<Ran> {
  const { HOLDFAST_APPROVAL_URL, HOLDFAST_AUDIT_URL } = running.holdfast().env;
  const env = {
    HOLDFAST_DATA: running.data,
    HOLDFAST_APPROVAL_PORT: String(running.holdfast().settings.HOLDFAST_APPROVAL_PORT),
    HOLDFAST_TOKEN: secret(running, "approver.token"),
    ...(HOLDFAST_APPROVAL_URL !== undefined && { HOLDFAST_APPROVAL_URL }),
    ...(HOLDFAST_AUDIT_URL !== undefined && { HOLDFAST_AUDIT_URL }),
  };
  return terminal(env, Date.now, operatorBus).run(["dead-letters", ...args]);
}

test("a record that cannot be read holds its incident, and every screen says so", { timeout: TIMEOUT }, async () => {
  await breakDown(running, "bad-rollout");
  proposal = await proposed(running, "a rollback", ({ state, target }) => state === "open" && target.name === "api");
  await bus.again({ topic: "approvals", key: proposal.incident, value: POISON, headers: [] });
  const held = await until("its dead letter", async () => (await listed()).find(({ state }) => state === "holds"));
  letter = held.id;
  expect(held.topic).toBe("approvals");
  expect((await holdfast("list")).out).toContain(`${letter.slice(0, 8)}  holds`);
  expect((await holdfast("show", letter)).out).toMatch(
    /unverified: the record carries no signature[\s\S]*It holds its key/,
  );
  const { held: says } = await read<{ held: { says: string }[] }>(
    running,
    "approval",
    `/v1/incidents/${proposal.incident}`,
  );
  expect(says[0]?.says).toContain(`holdfast dead-letters release ${letter.slice(0, 8)}`);
});

test(
  "while it is held nothing is settled, and neither a stranger's letter nor a stranger's release changes that",
  { timeout: TIMEOUT },
  async () => {
    expect((await vote(running, proposal)).status).toBe(201);
    const parked = await until("what follows", async () =>
      (await listed()).find(({ id, waiting }) => id === letter && waiting.length > 0),
    );
    const forged = sample("dead-letters", "release");
    const key = Buffer.from(proposal.incident);
    await bus.publish("dead-letters", proposal.incident, {
      ...forged,
      id: stepId(letter, "release"),
      key,
      topic: parked.topic,
      group: "policy",
      letter,
    });
    const other = "00000000-0000-5000-8000-000000000000";
    const lie: DeadLetter = {
      ...sample("dead-letters", "undecodable-bundle"),
      key: Buffer.from(other),
      group: "policy",
      holds: true,
    };
    await bus.publish("dead-letters", other, { ...lie, topic: "approvals", partition: 0, offset: 0 });
    await new Promise((done) => setTimeout(done, 3_000)); // longer than two sweeps of policy
    const letters = await listed();
    expect(letters.filter(({ state }) => state === "holds").map(({ id }) => id)).toEqual([letter]);
    expect(letters.map(({ id }) => id)).not.toContain(lie.id);
    expect((await proposals(running)).find(({ id }) => id === proposal.id)?.outcome).toBeUndefined();
  },
);

test("nobody releases it without a token or a reason", { timeout: TIMEOUT }, async () => {
  const path = `/v1/dead-letters/${letter}/release`;
  expect((await ask(running, "approval", path, { reason: "because" }, "no-such-token-at-all")).status).toBe(401);
  expect((await ask(running, "approval", path, {})).status).toBe(400);
  expect((await holdfast("release", letter)).code).toBe(2);
});

test(
  "a person releases it with a reason, and the story goes on: the vote that waited is carried out",
  { timeout: TIMEOUT },
  async () => {
    const released = await holdfast("release", letter.slice(0, 8), "--reason", "it was written by hand");
    expect([released.code, released.err]).toEqual([0, ""]);
    expect(await outcome(running, proposal)).toMatchObject({ state: "succeeded" });
    await peace(running);
    expect(new Set((await listed()).map(({ state }) => state))).toEqual(new Set(["released", "went on"]));
  },
);

test("a replay writes the same bytes once more, and only when it is told to", { timeout: TIMEOUT }, async () => {
  const before = onTheBus(running).filter(({ topic }) => topic === "approvals").length;
  expect(await holdfast("replay", letter)).toMatchObject({
    code: 0,
    out: expect.stringContaining("Nothing was written"),
  });
  expect(onTheBus(running).filter(({ topic }) => topic === "approvals")).toHaveLength(before);
  expect((await holdfast("replay", letter, "--yes", "--reason", "to see it once more")).code).toBe(0);
  const again = onTheBus(running).filter(({ topic, value }) => topic === "approvals" && value.equals(POISON));
  expect(again).toHaveLength(2);
  const [record] = await bus.recordsAt([
    { topic: "approvals", partition: again[1]?.partition ?? 0, offset: again[1]?.offset ?? 0 },
  ]);
  expect(record?.headers).toEqual([{ name: REPLAY_OF, value: Buffer.from(letter) }]);
  // It is still no record, so it is parked once more: a letter of its own.
  await until("the letter of the replay", async () => (await listed()).find(({ state }) => state === "holds"));
});

test("audit has all of it, with who decided and why, and the log proves it", { timeout: TIMEOUT }, async () => {
  await proven(running);
  const decided = (await events(running, "&topic=dead-letters")).map(({ event }) => event);
  const of = (kind: string): readonly Record<string, unknown>[] => decided.filter((event) => event["kind"] === kind);
  expect(of("release")).toMatchObject([{ letter, reason: "it was written by hand", person: { subject: "alice" } }]);
  expect(of("replay")).toMatchObject([{ letter, reason: "to see it once more", person: { subject: "alice" } }]);
  expect(of("parked").length).toBeGreaterThanOrEqual(3);
  const incident = await events(running, `&incident=${proposal.incident}`);
  expect(incident.map(({ event }) => event["kind"])).toContain("release");
});
