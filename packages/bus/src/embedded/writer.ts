import type { Header } from "@holdfast/schemas";
import type { Log, Record } from "../log.ts";
import { partitionOf } from "../partition.ts";
import type { Position } from "../port.ts";
import { inTransaction } from "../sqlite.ts";
import type { Store } from "./store.ts";

const BATCH_MAX = 500;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
/** More than this waiting means that the disk does not keep up: the caller hears it rather than the memory. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

type Waiting = {
  readonly record: Record;
  readonly resolve: (position: Position) => void;
  readonly reject: (cause: unknown) => void;
};

export type Writer = { readonly append: Log["append"]; readonly writable: Log["writable"]; readonly close: () => void };

/** Group commit: everything that waits goes into one transaction, and nobody is told before that has reached the disk. */
export function openWriter({ durable }: Store, partitions: number, now: () => number, onWritten: () => void): Writer {
  const headOf = durable.prepare("SELECT next, last_time FROM head WHERE topic = ? AND partition = ?");
  const insert = durable.prepare(
    "INSERT INTO record(topic, partition, offset, time, key, value, headers) VALUES(?, ?, ?, ?, ?, ?, ?)",
  );
  const moveHead = durable.prepare(
    "INSERT INTO head(topic, partition, next, last_time) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET next = ?3, last_time = ?4",
  );
  const touch = durable.prepare("INSERT INTO probe(id, at) VALUES(0, ?1) ON CONFLICT DO UPDATE SET at = ?1");
  const waiting: Waiting[] = [];
  let [waitingBytes, isOpen] = [0, true];

  const write = ({ topic, key, value, headers }: Record): Position => {
    const partition = partitionOf(key, partitions);
    const head = headOf.get(topic, partition);
    const offset = Number(head?.["next"] ?? 0);
    const time = Math.max(now(), Number(head?.["last_time"] ?? 0));
    insert.run(topic, partition, offset, time, key, value, packHeaders(headers));
    moveHead.run(topic, partition, offset + 1, time);
    return { topic, partition, offset, time };
  };
  const take = (): readonly Waiting[] => {
    let [count, bytes] = [0, 0];
    for (; count < Math.min(waiting.length, BATCH_MAX) && bytes < BATCH_BYTES_MAX; count++)
      bytes += waiting[count]?.record.value.length ?? 0;
    waitingBytes -= bytes;
    return waiting.splice(0, count);
  };
  const flush = (): void => {
    const batch = take();
    if (batch.length === 0) return;
    try {
      const positions = inTransaction(durable, () => batch.map(({ record }) => write(record)));
      positions.forEach((position, index) => batch[index]?.resolve(position));
      onWritten();
    } catch (cause) {
      const failure = new Error("The bus could not write to the disk, so the record may not be there.", { cause });
      for (const { reject } of batch) reject(failure);
    }
    if (waiting.length > 0) setImmediate(flush);
  };
  return {
    append: async (record) => {
      if (!isOpen) throw new Error("The bus is closed, so nothing can be published on it.");
      if (waitingBytes + record.value.length > WAITING_BYTES_MAX) {
        throw new Error(
          "The disk does not keep up with what is published, so this record was not taken. Try again later.",
        );
      }
      const { promise, resolve, reject } = Promise.withResolvers<Position>();
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ record, resolve, reject });
      waitingBytes += record.value.length;
      return await promise;
    },
    writable: async () => {
      try {
        inTransaction(durable, () => touch.run(now()));
      } catch (cause) {
        throw new Error("The bus file cannot be written: look at its disk (full, read-only?) and its owner.", {
          cause,
        });
      }
    },
    close: () => {
      isOpen = false;
      while (waiting.length > 0) flush();
    },
  };
}

function packHeaders(headers: readonly Header[]): string {
  return JSON.stringify(headers.map(({ name, value }) => [name, value.toString("base64")]));
}
