import type { Codec } from "@holdfast/schemas";
import type { Log } from "./log.ts";
import type { Note } from "./port.ts";

/** What every part of a bus is given: nothing in it reads a clock, randomness or a log of its own. */
export type World = {
  readonly log: Log;
  readonly codec: Codec;
  readonly note: Note;
  readonly now: () => number;
  readonly random: () => number;
  /** How long a closing subscription waits for handlers before it aborts them. */
  readonly drainMs: number;
  /** Counts a record that was parked. */
  readonly parked: () => void;
};
