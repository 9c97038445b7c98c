import { readFileSync } from "node:fs";
import Broker from "kafkajs/src/broker/index.js";
import Connection from "kafkajs/src/network/connection.js";
import Decoder from "kafkajs/src/protocol/decoder.js";
import RequestQueue, { type RequestQueueInside } from "kafkajs/src/network/requestQueue/index.js";
import { expect, test, vi } from "vitest";
import { patchKafkajs } from "./patches.ts";

const before = {
  connect: Connection.prototype.connect.toString(),
  schedule: RequestQueue.prototype.scheduleCheckPendingRequests.toString(),
  isConnected: Broker.prototype.isConnected.toString(),
};

test("what is mended is there, in the version that was looked at", () => {
  const manifest = readFileSync(new URL(import.meta.resolve("kafkajs/package.json")), "utf8");
  expect(JSON.parse(manifest)).toMatchObject({ version: "2.2.4" });
  expect(before.connect).toContain("this.requestQueue.scheduleRequestTimeoutCheck()");
  expect(before.schedule).toContain("this.throttleCheckTimeoutId = setTimeout(");
  expect(before.isConnected).toContain("this.connectionPool.isConnected()");
  patchKafkajs();
  expect(Broker.prototype.isConnected.toString()).not.toBe(before.isConnected);
  expect(Connection.prototype.connect.toString()).not.toBe(before.connect);
  expect(RequestQueue.prototype.scheduleCheckPendingRequests.toString()).not.toBe(before.schedule);
});

test("a queue where nothing waits arms no timer, and one where something waits does", () => {
  patchKafkajs();
  vi.useFakeTimers();
  const queue = (pending: readonly unknown[]): RequestQueueInside => ({
    throttleCheckTimeoutId: null,
    throttledUntil: -1,
    pending,
    checkPendingRequests: () => undefined,
  });
  RequestQueue.prototype.scheduleCheckPendingRequests.call(queue([]));
  expect(vi.getTimerCount()).toBe(0);
  RequestQueue.prototype.scheduleCheckPendingRequests.call(queue(["a request"]));
  expect(vi.getTimerCount()).toBe(1);
  vi.useRealTimers();
});

test("a connection that is opened again forgets the half of an answer that it had read", async () => {
  patchKafkajs();
  const half = { isConnected: () => false, chunks: [Buffer.from("half")], bytesBuffered: 4, bytesNeeded: 900 };
  await Connection.prototype.connect.call(half).catch(() => undefined); // there is nothing to connect to
  expect(half).toMatchObject({ chunks: [], bytesBuffered: 0, bytesNeeded: 4 });
});

test("many headers are read without a copy of all for each, whatever they are called", () => {
  patchKafkajs();
  const names = ["a", "__proto__", "constructor", "a"];
  const read = [...names];
  const decoder = { ...Decoder.prototype, readVarInt: () => names.length };
  const headers = Decoder.prototype.readVarIntArray.call(decoder, () => {
    const key = read.shift() ?? "";
    return { key, value: Buffer.from(key) };
  });
  let copies = 0;
  const reduced = headers.reduce<unknown>((_all, _each) => (copies += 1), {});
  const bytes = (text: string): Buffer => Buffer.from(text);
  expect([copies, Object.entries(reduced ?? {})]).toEqual([
    0,
    [
      ["a", [bytes("a"), bytes("a")]],
      ["__proto__", [bytes("__proto__")]],
      ["constructor", [bytes("constructor")]],
    ],
  ]);
});
