import type { Broker, Cluster, Kafka } from "kafkajs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Tail } from "../log.ts";
import { namesWith } from "./names.ts";
import { openTail } from "./tail.ts";

const NEVER = new Promise<never>(() => undefined);
const FIRST = { topic: "alerts", partition: 0, offset: 0 } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A cluster of one broker that answers a fetch like this, and whatever else it is asked at once. */
function clusterOf(fetch: () => Promise<unknown>): Cluster {
  return {
    isConnected: () => true,
    connect: async () => undefined,
    disconnect: async () => undefined,
    addMultipleTargetTopics: async () => undefined,
    refreshMetadata: async () => undefined,
    refreshMetadataIfNecessary: async () => undefined,
    findTopicPartitionMetadata: () => [{ partitionId: 0, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] }],
    findLeaderForPartitions: () => ({ "1": [0] }),
    findBroker: async () => ({ fetch }) as Partial<Broker> as Broker,
  } as Partial<Cluster> as Cluster;
}

/** Reads over each of these in turn, as often as it takes new connections. */
function readOver(...clusters: readonly Cluster[]): { readonly tail: Tail; readonly used: () => number } {
  let used = 0;
  const client = { [Symbol("private:Kafka:createCluster")]: () => clusters[used++] } as Partial<Kafka> as Kafka;
  const [firsts, close] = [async () => [FIRST], async () => undefined];
  const offsets = { firsts, ends: firsts, close };
  const parts = { client, offsets, names: namesWith(""), note: () => undefined, who: "policy", seen: () => undefined };
  return { tail: openTail(parts, ["alerts"], [], async () => undefined), used: () => used };
}

test("a question that is lost is asked again over new connections", async () => {
  const answers = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { responses: [] };
  });
  const { used } = readOver(
    clusterOf(() => NEVER),
    clusterOf(answers),
  );
  await vi.advanceTimersByTimeAsync(119_000);
  expect([used(), answers.mock.calls.length]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(used()).toBe(2);
  expect(answers.mock.calls.length).toBeGreaterThan(5);
});

test("one that fails is asked again over the same", async () => {
  const answers = vi.fn(() => Promise.reject(new Error("the leader moved")));
  const { used } = readOver(clusterOf(answers));
  await vi.advanceTimersByTimeAsync(119_000);
  expect(used()).toBe(1);
  expect(answers.mock.calls.length).toBeGreaterThan(5);
});

test("what is learnt after a failure is not waited for without end either", async () => {
  const deaf = { ...clusterOf(() => Promise.reject(new Error("gone"))), refreshMetadata: () => NEVER };
  const { used } = readOver(
    deaf,
    clusterOf(() => NEVER),
  );
  await vi.advanceTimersByTimeAsync(130_000);
  expect(used()).toBe(2);
});
