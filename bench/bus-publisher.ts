import { setTimeout as sleep } from "node:timers/promises";
import { PARTITIONS } from "@holdfast/schemas";
import type { PublishTask } from "./bus-delivery.ts";
import { taskOf } from "./child.ts";
import { openAt, type Place } from "./places.ts";
import { keyed, openPlain } from "./plain-kafkajs.ts";
import { benchAlert } from "./records.ts";

type Publisher = AsyncDisposable & { readonly publish: (index: number) => Promise<unknown> };

/** Publishes at an even pace, and says afterwards when it did. */
const { place, isPlain, perSecond, records } = taskOf<PublishTask>();
await using publisher = isPlain ? await plainPublisher(place) : await busPublisher(place);
await Promise.all(Array.from({ length: PARTITIONS * 2 }, (_, at) => publisher.publish(records + at))); // connections are opened once
process.send?.("open");
const sent: (readonly [string, number])[] = [];
const start = performance.now();
const publishes: Promise<unknown>[] = [];
for (let index = 0; index < records; index += 1) {
  const waitMs = start + (index * 1000) / perSecond - performance.now();
  if (waitMs > 0) await sleep(waitMs);
  sent.push([benchAlert(index).fingerprint, performance.timeOrigin + performance.now()]);
  publishes.push(publisher.publish(index));
}
await Promise.all(publishes);
await new Promise<void>((done) => process.send?.(sent, () => done()));
await new Promise<void>((done) => process.once("SIGTERM", done));
process.disconnect();

async function busPublisher(at: Place): Promise<Publisher> {
  const bus = await openAt(at);
  return {
    publish: (index) => {
      const event = benchAlert(index);
      return bus.publish("alerts", event.fingerprint, event);
    },
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

async function plainPublisher(at: Place): Promise<Publisher> {
  if (at.bus !== "kafka") throw new Error("kafkajs alone publishes to Kafka");
  const plain = await openPlain(at, PARTITIONS);
  return {
    publish: (index) => plain.send(keyed(index)),
    [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose](),
  };
}
