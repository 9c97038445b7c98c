import { setImmediate } from "node:timers/promises";
import type { Topic } from "@holdfast/schemas";
import { openNexts } from "../nexts.ts";
import type { Tail } from "../log.ts";
import type { Next, Raw } from "../port.ts";
import { openEnds } from "./ends.ts";
import type { Reader } from "./reader.ts";
import type { Watch } from "./watch.ts";
import { nameOf } from "../topic-partition.ts";

const BATCH_MAX = 500;
const BATCH_BYTES_MAX = 2 * 1024 * 1024;

export function openTail(
  reader: Reader,
  watch: Watch,
  topics: readonly Topic[],
  from: readonly Next[],
  onBatch: (batch: readonly Raw[]) => Promise<void>,
): Tail {
  const nexts = openNexts(from);
  const ends = openEnds(reader, topics);
  const unread = new Map<string, Next>();
  let isOpen = true;
  let wake = Promise.withResolvers<void>();
  const stopListening = watch.onChange(() => wake.resolve());

  const nextBatch = (): readonly Raw[] => {
    const batch: Raw[] = [];
    let bytes = 0;
    for (const end of ends.grown()) unread.set(nameOf(end), end);
    for (const [name, { topic, partition, offset }] of unread) {
      while (nexts.at(topic, partition) < offset) {
        if (batch.length >= BATCH_MAX || bytes >= BATCH_BYTES_MAX) return batch;
        const chunk = reader.read(topic, partition, nexts.at(topic, partition), BATCH_MAX - batch.length);
        const last = chunk.at(-1);
        if (last === undefined) throw missing(topic, partition, nexts.at(topic, partition), offset);
        batch.push(...chunk);
        bytes += chunk.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        nexts.move(topic, partition, last.offset + 1);
      }
      unread.delete(name);
    }
    return batch;
  };
  const run = async (): Promise<void> => {
    const short = reader.ends(topics).find(({ topic, partition, offset }) => nexts.at(topic, partition) > offset);
    if (short !== undefined)
      throw missing(short.topic, short.partition, nexts.at(short.topic, short.partition), short.offset);
    while (isOpen) {
      wake = Promise.withResolvers<void>();
      const batch = nextBatch();
      if (batch.length === 0) await wake.promise;
      else {
        await onBatch(batch);
        await setImmediate(); // catching up with much must not keep leases from being renewed
      }
    }
  };
  const ended = Promise.resolve().then(run).finally(stopListening);
  ended.catch(() => undefined); // whoever waits hears of it; an error that nobody waits for must not end the process
  return {
    begun: Promise.resolve([]),
    ended,
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      wake.resolve();
      await ended.catch(() => undefined);
    },
  };
}

function missing(topic: Topic, partition: number, wanted: number, end: number): Error {
  return new Error(
    `Records of ${topic}/${partition} are missing: the next to read is ${wanted} and the topic ends at ${end}. The bus file was replaced or restored from an older copy: put the right one back.`,
  );
}
