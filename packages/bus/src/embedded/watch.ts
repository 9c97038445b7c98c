import { watch as watchFile } from "node:fs";
import type { Note } from "../port.ts";
import type { Store } from "./store.ts";

/** The event of the file system comes at the write, before the commit can be seen: so one looks again, and less and less often. */
const LOOKS_MS = [1, 2, 4, 8, 16, 32];
const SLOW_LOOK_MS = 1000;
const POLL_MS = 10;

export type Watch = {
  /** @returns the function that ends it. */
  readonly onChange: (listener: () => void) => () => void;
  /** Something of our own was written: others in this process hear of it without waiting for the file system. */
  readonly changed: () => void;
  readonly close: () => void;
};

/** Tells when somebody, in whatever process, has committed. */
export function openWatch({ reader }: Store, file: string, note: Note): Watch {
  const listeners = new Set<() => void>();
  const version = reader.prepare("PRAGMA data_version");
  let seen: unknown;
  let [look, timer]: [number, NodeJS.Timeout | undefined] = [0, undefined];

  const tell = (): void => listeners.forEach((listener) => listener());
  let isOpen = true;
  const lookNow = (): void => {
    if (!isOpen) return;
    try {
      const found = version.get()?.["data_version"];
      if (found === seen) return;
      seen = found;
    } catch (err) {
      note("warn", { err }, "The bus file could not be looked at. It is looked at again within a second.");
      return;
    }
    tell();
  };
  const arm = (): void => {
    timer = setTimeout(() => {
      lookNow();
      look += 1;
      timer = undefined;
      if (isOpen && look < LOOKS_MS.length) arm();
    }, LOOKS_MS[look]);
  };
  const stirred = (): void => {
    if (timer !== undefined && look === 0) return; // a look is due already, and a busy writer must not put it off
    clearTimeout(timer);
    look = 0;
    arm();
  };
  const stopWatching = watching(`${file}-wal`, stirred, lookNow, note);
  const slow = setInterval(lookNow, SLOW_LOOK_MS);
  return {
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changed: () => setImmediate(lookNow),
    close: () => {
      isOpen = false;
      listeners.clear();
      stopWatching();
      clearInterval(slow);
      clearTimeout(timer);
    },
  };
}

function watching(wal: string, stirred: () => void, poll: () => void, note: Note): () => void {
  let polling: NodeJS.Timeout | undefined;
  const fallBack = (err: unknown): void => {
    note(
      "warn",
      { err },
      "The file system does not tell of changes to the bus file, so it is asked a hundred times a second.",
    );
    polling ??= setInterval(poll, POLL_MS);
  };
  try {
    const watcher = watchFile(wal, stirred);
    watcher.on("error", fallBack);
    return () => {
      watcher.close();
      clearInterval(polling);
    };
  } catch (err) {
    fallBack(err);
    return () => clearInterval(polling);
  }
}
