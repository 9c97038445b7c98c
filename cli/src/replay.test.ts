import { join } from "node:path";
import { deadLetter, REPLAY_OF, type Bus, type Raw } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openCodec, type DeadLetter } from "@holdfast/schemas";
import { sample, testKeys } from "@holdfast/schemas/testing";
import { operatorBus } from "@holdfast/wiring";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pinned, served, temporaryFolder, terminal, type Terminal } from "./testing.ts";

const keys = testKeys();
const codec = openCodec({ service: "test", trusted: keys.trusted, signing: keys.signing });
const fault = { errorClass: "undecodable", why: "a test says so", attempts: 1 } as const;
const BYTES = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);

let bus: Bus;
let run: Terminal["run"];
let asked: string[];
let status: number;
let close: () => void;

beforeEach(async () => {
  const data = temporaryFolder();
  bus = await openEmbedded({ file: join(data, "bus.sqlite"), codec, service: "test" });
  [asked, status] = [[], 201];
  const door = await served((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    res.writeHead(status, { "content-type": "application/json" }).end('{"detail":"the door says why"}');
  });
  close = door.close;
  const env = {
    HOLDFAST_DATA: data,
    HOLDFAST_APPROVAL_URL: door.url,
    HOLDFAST_TOKEN: "a-token-of-somebody",
    HOLDFAST_PUBLIC_KEYS: pinned(keys.trusted),
  };
  ({ run } = terminal(env, () => Date.now(), operatorBus));
});

afterEach(async () => {
  close();
  await bus[Symbol.asyncDispose]();
});

/** A record that nobody could read, and its letter as the executor parks it: nothing waits for it. */
async function parked(changed: Partial<Raw> = {}, holds = false): Promise<DeadLetter> {
  const headers = [
    { name: "ce_id", value: Buffer.from("x") },
    { name: "holdfast-signature", value: Buffer.from("type key c2ln") },
  ];
  const at = await bus.again({ topic: "proposals.approved", key: "an incident", value: BYTES, headers });
  const raw: Raw = { ...at, key: "an incident", value: BYTES, headers };
  const letter = deadLetter({ ...raw, ...changed }, { group: "executor", holds }, fault, Date.now());
  await bus.publish("dead-letters", letter.key.toString(), letter);
  return letter;
}

async function onTopic(): Promise<readonly Raw[]> {
  const all: Raw[] = [];
  await using following = bus.follow(["proposals.approved"], [], async (batch) => void all.push(...batch));
  await following.caughtUp;
  return all;
}

test("a dry run says exactly what would be written, and writes and asks nothing", async () => {
  const { id } = await parked();
  const { code, out } = await run(["dead-letters", "replay", id.slice(0, 8)]);
  expect(code).toBe(0);
  for (const says of ["proposals.approved", "an incident", "5 bytes", `${REPLAY_OF}: ${id}`, "Nothing was written"])
    expect(out).toContain(says);
  expect([await onTopic(), asked]).toEqual([[expect.anything()], []]);
});

test("a replay is recorded first, and is the record byte for byte with its signature", async () => {
  const { id } = await parked();
  expect((await run(["dead-letters", "replay", id, "--yes", "--reason", "mended"])).code).toBe(0);
  const [first, second] = await onTopic();
  expect(asked).toEqual([`POST /v1/dead-letters/${id}/replay`]);
  expect(second?.value).toEqual(BYTES);
  expect(second?.key).toBe(first?.key);
  expect(second?.headers).toEqual([...(first?.headers ?? []), { name: REPLAY_OF, value: Buffer.from(id) }]);
});

test("what could not be recorded is not written", async () => {
  const { id } = await parked();
  status = 403;
  const { code, err } = await run(["dead-letters", "replay", id, "--yes", "--reason", "mended"]);
  expect([code, (await onTopic()).length]).toEqual([1, 1]);
  expect(err).toContain("nothing was written");
});

test("a letter that tells other bytes than its record has is not replayed", async () => {
  const { id } = await parked({ value: codec.write("alerts", sample("alerts", "firing")).value });
  const { code, err } = await run(["dead-letters", "replay", id, "--yes", "--reason", "mended"]);
  expect([code, (await onTopic()).length, asked]).toEqual([1, 1, []]);
  expect(err).toContain("does not agree with the record");
});

test("a letter that took the id of another one does not keep that from being replayed", async () => {
  const letter = await parked();
  await bus.publish("dead-letters", "an incident", { ...letter, value: Buffer.from("a lie") });
  expect((await run(["dead-letters", "replay", letter.id, "--yes", "--reason", "mended"])).code).toBe(0);
  expect((await onTopic())[1]?.value).toEqual(BYTES);
});

test("while its key is held, a record is not replayed: it would only follow into dead-letters", async () => {
  const { id } = await parked({}, true);
  const { code, err } = await run(["dead-letters", "replay", id, "--yes", "--reason", "mended"]);
  expect([code, (await onTopic()).length, asked]).toEqual([1, 1, []]);
  expect(err).toContain(`holdfast dead-letters release ${id.slice(0, 8)}`);
});

test("a replay, a release and a drop need their reason", async () => {
  const { id } = await parked();
  for (const args of [
    ["replay", id, "--yes"],
    ["release", id],
    ["drop", id],
  ])
    expect((await run(["dead-letters", ...args])).code).toBe(2);
  expect(asked).toEqual([]);
});
