import { EventEmitter } from "node:events";
import type { Consumer, Kafka } from "kafkajs";
import { expect, test } from "vitest";
import { assignerOf, evenly } from "./assigner.ts";
import { openConsuming } from "./consuming.ts";

test("a consumer that has stopped is nobody to seek with, though it has not yet said that it crashed", () => {
  const heard = new EventEmitter();
  const consumer = {
    events: { GROUP_JOIN: "join", HEARTBEAT: "beat", STOP: "stop", CRASH: "crash" },
    on: (name: string, listener: (event: unknown) => void) => heard.on(name, listener),
    connect: async () => undefined,
    subscribe: async () => undefined,
    run: async () => undefined,
  } as unknown as Consumer;
  const consuming = openConsuming({
    client: { consumer: () => consumer } as Partial<Kafka> as Kafka,
    groupId: "policy",
    topics: [],
    assigner: assignerOf("evenly", evenly, 6, () => ({ partitions: [], since: 0 })),
    sessionMs: 10_000,
    onBatch: async () => undefined,
    onJoined: () => undefined,
    onHeartbeat: () => undefined,
  });
  expect(consuming.running()).toBe(consumer);
  heard.emit("stop", {});
  expect(consuming.running()).toBeUndefined();
});
