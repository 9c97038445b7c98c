import { PARTITIONS } from "@holdfast/schemas";
import { openBus, type BusOptions } from "./bus.ts";
import { openBell, type Bell } from "./embedded/bell.ts";
import { openMembership } from "./embedded/membership.ts";
import { openReader } from "./embedded/reader.ts";
import { bytesOf, openStore, type Store } from "./embedded/store.ts";
import { openTail } from "./embedded/tail.ts";
import { openWatch } from "./embedded/watch.ts";
import { openWriter } from "./embedded/writer.ts";
import type { Log } from "./log.ts";
import { openMarksFile } from "./marks-file.ts";
import type { Bus, Note } from "./port.ts";

export type EmbeddedOptions = BusOptions & {
  /** The one file that every process on this machine shares. Beside it stand SQLite's `-wal` and `-shm`, and a `-bell` and a `-marks` of ours. Never on a network file system. */
  readonly file: string;
};

/** A bus in one SQLite file. @throws with a sentence when the file is damaged or of another making. */
export async function openEmbedded({ file, ...options }: EmbeddedOptions): Promise<Bus> {
  const note: Note = (level, fields, sentence) =>
    options.log?.(level, { service: options.service, ...fields }, sentence);
  return openBus(openLog(file, options.now ?? Date.now, note), options);
}

function openLog(file: string, now: () => number, note: Note): Log {
  const store = openStore(file, PARTITIONS);
  const reader = openReader(store, PARTITIONS);
  const bell = bellOf(store, `${file}-bell`);
  const watch = openWatch(store, bell, note);
  const marks = openMarksFile(`${file}-marks`);
  const writer = openWriter(store, PARTITIONS, now, watch.changed);
  return {
    append: writer.append,
    writable: writer.writable,
    ends: async (topics) => reader.ends(topics),
    tail: (topics, from, onBatch) => openTail(reader, watch, topics, from, onBatch),
    join: (group, member) =>
      openMembership({ store, reader, watch, marks, partitions: PARTITIONS, note }, group, member),
    now: async () => Math.max(now(), reader.lastTime()),
    gauges: async () => ({
      deadLetters: reader.ends(["dead-letters"]).reduce((sum, { offset }) => sum + offset, 0),
      storeBytes: bytesOf(file),
      walBytes: bytesOf(`${file}-wal`),
    }),
    [Symbol.asyncDispose]: async () => {
      writer.close();
      watch.close();
      bell.close();
      marks.close();
      store.close();
    },
  };
}

function bellOf(store: Store, file: string): Bell {
  try {
    return openBell(file);
  } catch (cause) {
    store.close();
    throw new Error(`The file ${file} cannot be written: it must belong to this user, and there must be room.`, {
      cause,
    });
  }
}
