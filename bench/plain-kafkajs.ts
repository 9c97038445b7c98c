import type { Message, Producer } from "kafkajs";
import { PARTITIONS } from "@holdfast/schemas";
import { openClient } from "../packages/bus/src/kafka/client.ts";
import { messageOf } from "../packages/bus/src/kafka/records.ts";
import { partitionOf } from "../packages/bus/src/partition.ts";
import type { KafkaPlace } from "./places.ts";
import { benchAlert, benchCodec } from "./records.ts";

/**
 * The least that kafkajs can be used for with the same promise: the same settings, the same limits of a batch, one send in
 * flight a producer, records encoded beforehand. Its answers are believed, and what fails ends the bench.
 */
export type Plain = AsyncDisposable & { readonly send: (message: Keyed) => Promise<void> };
export type Keyed = { readonly partition: number; readonly message: Message };

const BATCH_MAX = 200;

export function keyed(index: number): Keyed {
  const event = benchAlert(index);
  const partition = partitionOf(event.fingerprint, PARTITIONS);
  const { value, headers } = benchCodec().write("alerts", event);
  return {
    partition,
    message: messageOf({ topic: "alerts", key: event.fingerprint, value, headers }, partition),
  };
}

type Waiting = { readonly message: Message; readonly done: () => void; readonly failed: (cause: unknown) => void };

/** @param producers as many as partitions, or one for all. */
export async function openPlain({ broker, prefix }: KafkaPlace, producers: number): Promise<Plain> {
  const client = openClient({ brokers: [broker], clientId: "plain" });
  const opened = await Promise.all(
    Array.from({ length: producers }, async () => {
      const producer = client.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
      });
      await producer.connect();
      return { producer, lane: openPlainLane(producer, `${prefix}alerts`) };
    }),
  );
  return {
    send: ({ partition, message }) =>
      new Promise((done, failed) =>
        opened[partition % producers]?.lane(partition, { message, done: () => done(), failed }),
      ),
    [Symbol.asyncDispose]: async () => void (await Promise.all(opened.map(({ producer }) => producer.disconnect()))),
  };
}

/** One partition a send, the longest waiting first. */
function openPlainLane(producer: Producer, topic: string): (partition: number, waiting: Waiting) => void {
  const queues = new Map<number, Waiting[]>();
  let isRunning = false;
  const run = async (): Promise<void> => {
    for (let [next] = queues; next !== undefined; [next] = queues) {
      const [partition, waiting] = next;
      queues.delete(partition);
      const batch = waiting.splice(0, BATCH_MAX);
      if (waiting.length > 0) queues.set(partition, waiting);
      const messages = batch.map(({ message }) => message);
      await producer.send({ topic, acks: -1, messages }).then(
        () => batch.forEach(({ done }) => done()),
        (cause: unknown) => batch.forEach(({ failed }) => failed(cause)),
      );
    }
    isRunning = false;
  };
  return (partition, waiting) => {
    const queue = queues.get(partition);
    if (queue === undefined) queues.set(partition, [waiting]);
    else queue.push(waiting);
    if (isRunning) return;
    isRunning = true;
    queueMicrotask(() => void run());
  };
}
