import type { Broker, Cluster, Kafka } from "kafkajs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Tail } from "../log.ts";
import { namesWith } from "./names.ts";
import { openTail } from "./tail.ts";

const NEVER = new Promise<never>(() => undefined);
const FIRST = { topic: "alerts", partition: 0, offset: 0 } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Reads from a broker that takes a question and never answers it, while others are answered like this. */
function readFromMute(others: () => Promise<readonly (typeof FIRST)[]>): Tail {
  const cluster = {
    isConnected: () => true,
    connect: async () => undefined,
    disconnect: async () => undefined,
    addMultipleTargetTopics: async () => undefined,
    refreshMetadata: async () => undefined,
    refreshMetadataIfNecessary: async () => undefined,
    findTopicPartitionMetadata: () => [{ partitionId: 0, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] }],
    findLeaderForPartitions: () => ({ "1": [0] }),
    findBroker: async () => ({ fetch: () => NEVER }) as Partial<Broker> as Broker,
  } as Partial<Cluster> as Cluster;
  const client = { [Symbol("private:Kafka:createCluster")]: () => cluster } as Partial<Kafka> as Kafka;
  let asked = 0;
  const offsets = {
    firsts: async () => [FIRST],
    ends: async () => (asked++ === 0 ? [FIRST] : await others()),
    close: async () => undefined,
  };
  const parts = { client, offsets, names: namesWith(""), note: () => undefined, who: "policy", seen: () => undefined };
  return openTail(parts, ["alerts"], [], async () => undefined);
}

test("a reader that alone is not answered ends, and says so", async () => {
  const ended = vi.fn<(cause: unknown) => void>();
  readFromMute(async () => [FIRST]).ended.catch(ended);
  await vi.advanceTimersByTimeAsync(119_000);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(String(ended.mock.calls[0]?.[0])).toMatch(/Kafka answers, but not the reader of alerts in policy/);
});

test("a reader waits on while nobody is answered, for hours", async () => {
  const ended = vi.fn<() => void>();
  readFromMute(() => Promise.reject(new Error("no broker answers"))).ended.then(ended, ended);
  await vi.advanceTimersByTimeAsync(3 * 3_600_000);
  expect(ended).not.toHaveBeenCalled();
});
