import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ReadFile, ReadValue } from "./verdict.ts";

/** Where a log lies under the data folder. Only `published` is needed to verify it; `store` has the values as well. */
export type LogFiles = {
  /** Checkpoint and tiles: static files, for anybody. */
  readonly published: string;
  /** The system of record. */
  readonly store: string;
  /** A view of it, made again where it is missing. */
  readonly events: string;
  readonly lock: string;
};

export function logFiles(data: string): LogFiles {
  const folder = join(data, "audit");
  return {
    published: join(folder, "public"),
    store: join(folder, "store.db"),
    events: join(folder, "events.db"),
    lock: join(folder, "writer.lock"),
  };
}

/** The published files of a folder. */
export function readFolder(folder: string): ReadFile {
  return async (path) => {
    try {
      return await readFile(join(folder, path));
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
      throw cause;
    }
  };
}

/** The values in a store's file, read only: for checking commitments offline. */
export function openValues(path: string): { readonly read: ReadValue; readonly [Symbol.dispose]: () => void } {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const select = database.prepare("SELECT bytes FROM value WHERE hash = ?");
  return {
    read: (hash) => {
      const bytes = select.get(hash)?.["bytes"];
      return Promise.resolve(bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined);
    },
    [Symbol.dispose]: () => database.close(),
  };
}
