import { setTimeout as sleep } from "node:timers/promises";
import { openClient } from "../packages/bus/src/kafka/client.ts";
import { startChild } from "./child.ts";
import { openAt, type KafkaPlace, type Place } from "./places.ts";
import { spread, type Spread } from "./spread.ts";

export type PublishTask = {
  readonly place: Place;
  /** kafkajs without the bus, on both sides. */
  readonly isPlain: boolean;
  readonly perSecond: number;
  readonly records: number;
};

type Hear = (key: string) => void;

const WAIT_MS_MAX = 30_000;

/** From one process to another: from the call that publishes to the handler of what was published. */
export async function delivery(task: PublishTask): Promise<Spread> {
  const { place, isPlain, perSecond, records } = task;
  const sentAt = new Map<string, number>();
  const heardAt = new Map<string, number>();
  const hear: Hear = (key) => void heardAt.set(key, performance.timeOrigin + performance.now());
  await using _hearing = await (isPlain ? plainHearing(place, hear) : busHearing(place, hear));
  await using publisher = await startChild("bus-publisher.ts", task);
  publisher.process.on("message", (said) => {
    for (const [key, at] of said as readonly (readonly [string, number])[]) sentAt.set(key, at); // our own file said it
  });
  const isDone = (): boolean => sentAt.size === records && sentAt.keys().every((key) => heardAt.has(key));
  const until = performance.now() + WAIT_MS_MAX + (records * 1000) / perSecond;
  while (!isDone() && performance.now() < until) await sleep(50);
  if (!isDone()) throw new Error(`not all of ${records} records were delivered`);
  return spread([...sentAt].map(([key, at]) => (heardAt.get(key) ?? Infinity) - at));
}

async function busHearing(place: Place, hear: Hear): Promise<AsyncDisposable> {
  const bus = await openAt(place);
  const subscription = await bus.subscribe(["alerts"], "bench", async ({ key }) => hear(key), {
    concurrency: 64,
    exclusive: true,
    parked: "go-on",
  });
  const until = performance.now() + WAIT_MS_MAX;
  while (!subscription.active() && performance.now() < until) await sleep(20);
  return bus;
}

async function plainHearing(place: Place, hear: Hear): Promise<AsyncDisposable> {
  const { broker, prefix } = kafkaOnly(place);
  const consumer = openClient({ brokers: [broker], clientId: "plain" }).consumer({
    groupId: `${prefix}plain`,
    maxWaitTimeInMs: 300,
    readUncommitted: true,
  });
  const joined = new Promise<void>((done) => consumer.on(consumer.events.GROUP_JOIN, () => done()));
  await consumer.connect();
  await consumer.subscribe({ topics: [`${prefix}alerts`], fromBeginning: true });
  await consumer.run({
    autoCommit: true,
    eachMessage: async ({ message }) => hear(message.key?.toString() ?? ""),
  });
  await joined;
  return { [Symbol.asyncDispose]: () => consumer.disconnect() };
}

function kafkaOnly(place: Place): KafkaPlace {
  if (place.bus !== "kafka") throw new Error("kafkajs alone reads from Kafka");
  return place;
}
