import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "@holdfast/service";

const AGAIN_MS = 1_000;
const SQLITE_FULL = 13;
const SAYS =
  "The log cannot be written: its disk is full. Nothing is lost, and no action is taken meanwhile; make room, and it goes on by itself.";

/** Whether there is room for the log, as its last write found it. */
export type Room = {
  /** Tries again until there is room; any other failure is thrown. */
  readonly once: <T>(write: () => T) => Promise<T>;
  /** @throws the sentence of what is wrong. */
  readonly check: () => void;
};

/** @param probe writes, and changes nothing. */
export function openRoom(probe: () => void, log: Log, signal: AbortSignal): Room {
  let isLacking = false;
  return {
    once: async (write) => {
      for (;;) {
        try {
          const written = write();
          isLacking = false;
          return written;
        } catch (cause) {
          if (!isFull(cause)) throw cause;
          if (!isLacking) log.error(SAYS, { error: cause });
          isLacking = true;
          await pause(AGAIN_MS, undefined, { signal });
        }
      }
    },
    check: () => {
      if (isLacking) throw new Error(SAYS);
      try {
        probe();
      } catch (cause) {
        throw new Error(isFull(cause) ? SAYS : "The log cannot be written: look at its disk and its owner.", { cause });
      }
    },
  };
}

/** What passes once somebody has made room, and leaves what was written as it was. */
export function isFull(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if ("errcode" in cause && cause.errcode === SQLITE_FULL) return true;
  return "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT");
}
