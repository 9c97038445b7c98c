import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startBroker } from "./broker.ts";
import { startChild } from "./child.ts";
import { folderOnDisk } from "./folder.ts";
import type { ConsumeTask, Counted, FillTask, Rebuilt } from "./million-tasks.ts";
import { newFile, newTopics, type Place } from "./places.ts";
import { usedBy } from "./processes.ts";
import type { Bench, Report, Size } from "./report.ts";
import { rounded } from "./spread.ts";

const SIZES = { small: { records: 5_000, every: 1_000 }, full: { records: 1_000_000, every: 50_000 } } as const;
const AT_ONCE = 256;
const MS_MAX = 200_000;
const LOOK_MS = 20;

type Sample = {
  readonly consumed: number;
  readonly seconds: number;
  readonly publisherMiB: number;
  readonly consumerMiB: number;
};

export const bench: Bench = {
  says: "A million events through one process that publishes and one that consumes, and a view rebuilt from them: embedded.",
  run: async (size) => {
    using folder = folderOnDisk();
    const place = newFile(folder.path, "million");
    return await million(size, place, () => (place.bus === "embedded" ? statSync(place.file).size : 0));
  },
};

export const kafkaBench: Bench = {
  says: "A million events through one process that publishes and one that consumes, and a view rebuilt from them: on Kafka.",
  run: async (size) => {
    using folder = folderOnDisk();
    await using broker = await startBroker();
    return await million(size, await newTopics(broker.address, folder.path), () => 0);
  },
};

async function million(size: Size, place: Place, bytes: () => number): Promise<Report> {
  const { records, every } = SIZES[size];
  const samples = await through(place, records, every);
  const rebuilt = await rebuild(place);
  const { consumed, seconds } = samples.at(-1) ?? { consumed: 0, seconds: 0 };
  return {
    measured: [
      `${records} alerts of about 1 KiB, each with an id of its own; the publisher keeps ${AT_ONCE} waiting, the consumer is a subscription that counts (concurrency 64), each in its own process. Resident memory of both, looked at each time that ${every} more were consumed. ${consumed} published and consumed in ${rounded(seconds)} s, ${Math.round(consumed / seconds)}/s${consumed < records ? `; it was stopped then, after ${MS_MAX / 1000} s` : ""}.`,
      `The view is then folded from the beginning by one more process, from its start of reading to caughtUp: each record decoded and its id remembered. ${rebuilt.records} records in ${rounded(rebuilt.seconds)} s, ${Math.round(rebuilt.records / rebuilt.seconds)}/s; it had ${rounded(rebuilt.rssMiB)} MiB then, the ids of all records among them.`,
      ...(bytes() > 0 ? [`The file is ${Math.round(bytes() / 2 ** 20)} MiB.`] : []),
    ],
    columns: ["consumed", "after s", "publisher RSS MiB", "consumer RSS MiB"],
    rows: samples.map((sample) => [sample.consumed, rounded(sample.seconds), sample.publisherMiB, sample.consumerMiB]),
    raw: { samples, rebuilt },
  };
}

async function through(place: Place, records: number, every: number): Promise<readonly Sample[]> {
  await using consumer = await startChild("million-consumer.ts", { place, every } satisfies ConsumeTask);
  let consumed = 0;
  consumer.process.on("message", (said) => {
    consumed = (said as Counted).consumed; // our own file said it
  });
  const start = performance.now();
  await using publisher = await startChild("million-publisher.ts", {
    place,
    records,
    atOnce: AT_ONCE,
  } satisfies FillTask);
  const samples: Sample[] = [];
  for (let next = every; next <= records; next += every) {
    while (consumed < next) {
      if (performance.now() - start > MS_MAX) return samples;
      await sleep(LOOK_MS);
    }
    const seconds = (performance.now() - start) / 1000;
    const [publisherMiB, consumerMiB] = [usedBy(publisher.pid).rssMiB, usedBy(consumer.pid).rssMiB];
    samples.push({ consumed: next, seconds, publisherMiB, consumerMiB });
  }
  return samples;
}

async function rebuild(place: Place): Promise<Rebuilt> {
  await using child = await startChild<Rebuilt>("million-view.ts", place);
  return child.ready;
}
