import { isTopic, type Header, type Topic } from "@holdfast/schemas";
import type { SQLOutputValue } from "node:sqlite";
import { openNexts } from "../nexts.ts";
import type { Next, Raw } from "../port.ts";
import type { Store } from "./store.ts";

const CHUNK_BYTES_MAX = 1024 * 1024;

export type Reader = {
  /** A bounded run of records from this offset on. Each call is one short read transaction. */
  readonly read: (topic: Topic, partition: number, from: number, most: number) => readonly Raw[];
  readonly ends: (topics: readonly Topic[]) => readonly Next[];
  /** The number of the newest row of all: it grows with every record. */
  readonly newest: () => number;
  /** The ends of the partitions to which rows after this one have come. */
  readonly grownSince: (row: number) => readonly Next[];
  readonly lastTime: () => number;
};

export function openReader({ reader }: Store, partitions: number): Reader {
  const records = reader.prepare(
    "SELECT topic, partition, offset, time, key, value, headers FROM record WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
  );
  const heads = reader.prepare("SELECT topic, partition, next FROM head");
  const newest = reader.prepare("SELECT max(rowid) AS newest FROM record");
  // by its rows: the index would be read from end to end, for it is in the order of the groups
  const grown = reader.prepare(
    "SELECT topic, partition, max(offset) + 1 AS next FROM record NOT INDEXED WHERE rowid > ? GROUP BY topic, partition",
  );
  const latest = reader.prepare("SELECT max(last_time) AS time FROM head");
  return {
    read: (topic, partition, from, most) => {
      const chunk: Raw[] = [];
      let bytes = 0;
      for (const row of records.iterate(topic, partition, from, most)) {
        const raw = rawOf(row);
        chunk.push(raw);
        bytes += raw.value?.length ?? 0;
        if (bytes >= CHUNK_BYTES_MAX) break;
      }
      return chunk;
    },
    ends: (topics) => {
      const found = openNexts(heads.all().map(nextOf));
      return topics.flatMap((topic) =>
        Array.from({ length: partitions }, (_, partition) => ({
          topic,
          partition,
          offset: found.at(topic, partition),
        })),
      );
    },
    newest: () => Number(newest.get()?.["newest"] ?? 0),
    grownSince: (row) => grown.all(row).map(nextOf),
    lastTime: () => Number(latest.get()?.["time"] ?? 0),
  };
}

function nextOf(row: Readonly<{ [column: string]: SQLOutputValue }>): Next {
  return { topic: topicOf(row["topic"]), partition: Number(row["partition"]), offset: Number(row["next"]) };
}

function rawOf(row: Readonly<{ [column: string]: SQLOutputValue }>): Raw {
  const value = row["value"];
  return {
    topic: topicOf(row["topic"]),
    partition: Number(row["partition"]),
    offset: Number(row["offset"]),
    time: Number(row["time"]),
    key: String(row["key"]),
    value: value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : null,
    headers: unpackHeaders(String(row["headers"])),
  };
}

function topicOf(name: unknown): Topic {
  const topic = String(name);
  if (!isTopic(topic)) throw new Error(`the bus file has records of ${topic}, which is no topic`);
  return topic;
}

function unpackHeaders(text: string): readonly Header[] {
  const pairs: unknown = JSON.parse(text);
  if (!Array.isArray(pairs)) throw new Error("the headers of a record are damaged");
  return pairs.map((pair: unknown) => {
    const [name, value] = Array.isArray(pair) ? pair : [];
    return { name: String(name), value: Buffer.from(String(value), "base64") };
  });
}
