import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel, Partitioners, type Producer, type RecordMetadata } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCluster, type KafkaCluster } from "../../../../tests/kafka/cluster.ts";
import { alert } from "../contract/events.ts";
import { openWorld } from "../contract/world.ts";
import type { Published } from "../port.ts";
import { kafkaAt } from "./contract-adapter.ts";
import { patchKafkajs } from "./patches.ts";

/** A leader that moves in the middle of a send, on three real brokers: what that does to a send to two partitions, and to our bus. */

const KEYS = Array.from({ length: 12 }, (_, index) => index.toString(16).padStart(16, "0"));

let cluster: KafkaCluster;

beforeAll(async () => {
  patchKafkajs();
  cluster = await startCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

test("a send to two partitions, one of whose leaders moves, acknowledges a record that was never sent", async () => {
  const client = new Kafka({ brokers: [...cluster.brokers], requestTimeout: 3000, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const replicaAssignment = [
    { partition: 0, replicas: [1, 3] },
    { partition: 1, replicas: [2, 1] },
  ];
  const configEntries = [{ name: "min.insync.replicas", value: "1" }];
  await admin.createTopics({ topics: [{ topic: "moves", replicaAssignment, configEntries }] });
  const producer = client.producer({
    idempotent: true,
    retry: { initialRetryTime: 300, maxRetryTime: 2000, retries: 30 },
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const whole = await sendBoth(producer);
  expect(whole.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual([0, 1]);
  await cluster.kill(2);
  const answer = await sendBoth(producer); // it resolves, as if all were well
  expect(answer.map(({ partition }) => partition)).toEqual([0]);
  const ends = await admin.fetchTopicOffsets("moves");
  expect(ends.map(({ offset }) => offset).toSorted()).toEqual(["1", "2"]);
  await Promise.all([producer.disconnect(), admin.disconnect()]);
});

async function sendBoth(producer: Producer): Promise<readonly RecordMetadata[]> {
  const messages = [0, 1].map((partition) => ({ partition, key: "k", value: `to ${partition}` }));
  return await producer.send({ topic: "moves", acks: -1, messages });
}

test("while brokers are killed, paused and brought back, our bus has every record that it acknowledged", async () => {
  await cluster.mend();
  await using world = await openWorld(kafkaAt(cluster.brokers.join(",")));
  const bus = await world.open();
  const acknowledged: Published[] = [];
  let isOver = false;
  const publish = async (key: string): Promise<void> => {
    for (let count = 0; !isOver; count++) {
      const event = alert(key, count);
      acknowledged.push(
        ...(await bus.publish("alerts", key, event).then(
          (one) => [one],
          () => [],
        )),
      );
      await sleep(20);
    }
  };
  const publishing = KEYS.map(publish);
  for (const node of [2, 3, 1]) {
    await sleep(3000);
    await cluster.kill(node);
    await sleep(12_000);
    await cluster.mend();
  }
  await cluster.pause(2);
  await sleep(15_000);
  await cluster.resume(2);
  await sleep(5000);
  isOver = true;
  await Promise.all(publishing);

  const found = new Map<string, Buffer | null>();
  await using following = bus.follow(["alerts"], [], async (batch) => {
    for (const { partition, offset, value } of batch) found.set(`${partition}/${offset}`, value);
  });
  await following.caughtUp;
  const lost = acknowledged.filter(
    ({ partition, offset, value }) => !found.get(`${partition}/${offset}`)?.equals(value),
  );
  console.info(`${acknowledged.length} acknowledged, ${found.size} on the topic, ${lost.length} lost`);
  expect(lost).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(100);
});
