import { watch as watchFile } from "node:fs";
import type { Note } from "../port.ts";
import type { Bell } from "./bell.ts";
import type { Store } from "./store.ts";

const SLOW_LOOK_MS = 1000;
const POLL_MS = 10;

export type Watch = {
  /** @returns the function that ends it. */
  readonly onChange: (listener: () => void) => () => void;
  /** Something of our own was committed: others hear of it, those in this process without waiting for the file system. */
  readonly changed: () => void;
  readonly close: () => void;
};

/** Tells when somebody, in whatever process, has committed what others wait for. */
export function openWatch({ reader }: Store, bell: Bell, note: Note): Watch {
  const listeners = new Set<() => void>();
  const version = reader.prepare("PRAGMA data_version");
  let seen: unknown;

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
  const stopWatching = watching(bell.file, lookNow, note);
  const slow = setInterval(lookNow, SLOW_LOOK_MS);
  return {
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changed: () => {
      bell.ring();
      setImmediate(lookNow);
    },
    close: () => {
      isOpen = false;
      listeners.clear();
      stopWatching();
      clearInterval(slow);
    },
  };
}

function watching(file: string, look: () => void, note: Note): () => void {
  let polling: NodeJS.Timeout | undefined;
  const fallBack = (err: unknown): void => {
    note(
      "warn",
      { err },
      "The file system does not tell of what is written to the bus, so the bus file is asked a hundred times a second.",
    );
    polling ??= setInterval(look, POLL_MS);
  };
  try {
    const watcher = watchFile(file, (event) => (event === "rename" ? fallBack(event) : look()));
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
