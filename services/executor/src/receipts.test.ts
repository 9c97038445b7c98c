import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Published } from "@holdfast/bus";
import {
  commitTo,
  formatProof,
  leafHash,
  logVerifier,
  openLogSigner,
  signCheckpoint,
  type Receipt,
} from "@holdfast/log";
import { encodeEntry, newKeyPair, publicKeys, signingKey } from "@holdfast/schemas";
import { auditReceipts } from "./receipts.ts";

const pair = newKeyPair();
const [publicKey = fail()] = publicKeys("audit", pair.publicPem);
const record: Published = { topic: "executions", partition: 3, offset: 7, time: 1, value: Buffer.from("the intent") };
const signal = new AbortController().signal;

let answer: { status: number; body: string };
let asked: string[];
let url: string;
let close: () => void;

beforeEach(async () => {
  asked = [];
  const server = createServer((req, res) => {
    asked.push(req.url ?? "");
    res.writeHead(answer.status, answer.status === 302 ? { location: "/elsewhere" } : {}).end(answer.body);
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => void server.close();
});
afterEach(() => close());

/** A log of one entry, signed by whoever has the key. */
function receiptOf({ topic, partition, offset, value }: Published, privatePem = pair.privatePem): Receipt {
  const valueCommit = commitTo(value);
  const entry = encodeEntry({
    kind: "record",
    topic,
    partition,
    offset,
    gapUntil: null,
    timestamp: 1,
    recordedAt: 2,
    key: null,
    headers: [],
    valueLength: value?.length ?? null,
    valueCommit,
    schemaFingerprint: null,
  });
  const checkpoint = signCheckpoint(
    { size: 1, root: leafHash(entry) },
    openLogSigner(signingKey("audit", privatePem).key),
  );
  const proof = formatProof({ index: 0, path: [], checkpoint });
  return {
    topic,
    partition,
    offset,
    valueHash: valueCommit?.toString("hex") ?? null,
    index: 0,
    size: 1,
    entry: entry.toString("base64"),
    proof,
  };
}

const outcome = async (body: unknown, status = 200): Promise<string> => {
  answer = { status, body: typeof body === "string" ? body : JSON.stringify(body) };
  return (await auditReceipts(url, logVerifier(publicKey))(record, signal)).outcome;
};

describe("a receipt is believed", () => {
  test("for the record in hand, signed by the pinned key, and asked for at the place of that record", async () => {
    expect(await outcome(receiptOf(record))).toBe("receipted");
    expect(asked).toEqual(["/v1/receipts/executions/3/7"]);
  });
  test("not for another record than the one in hand", async () => {
    for (const other of [
      { value: Buffer.from("another intent") },
      { offset: 8 },
      { partition: 2 },
      { topic: "alerts" as const },
    ])
      expect(await outcome(receiptOf({ ...record, ...other }))).toBe("none");
  });
  test("not from whoever has another key", async () =>
    expect(await outcome(receiptOf(record, newKeyPair().privatePem))).toBe("none"));
  test("not where the answer is a refusal, a redirection, no JSON or nothing at all", async () => {
    expect(await outcome(receiptOf(record), 503)).toBe("none");
    expect(await outcome(receiptOf(record), 302)).toBe("none");
    for (const body of ["", "{", "null", "[]", `"receipted"`, { outcome: "receipted" }])
      expect(await outcome(body)).toBe("none");
    close();
    expect(await outcome(receiptOf(record))).toBe("none");
  });
});

function fail(): never {
  throw new Error("the test is not set up as it thinks");
}
