import type { Header, Topic } from "@holdfast/schemas";
import type { Next, Position, Raw } from "./port.ts";

/**
 * What a technology must give so that `openBus` can make a bus of it: records in, records out, and who owns what. Everything
 * else (order per key, back-pressure, retries, parking, views) is built once above it.
 */
export type Log = AsyncDisposable & {
  /** Resolves when the record is durable. */
  readonly append: (record: Record) => Promise<Position>;
  /** For each partition of these topics, the offset that its next record will have. */
  readonly ends: (topics: readonly Topic[]) => Promise<readonly Next[]>;
  /**
   * Hands over records per partition in offset order, one batch at a time, from these positions (0 where none is), and goes on
   * with what arrives until it is disposed. An error, its own or the callback's, ends it.
   */
  readonly tail: (
    topics: readonly Topic[],
    from: readonly Next[],
    onBatch: (batch: readonly Raw[]) => Promise<void>,
  ) => Tail;
  readonly join: (group: Group, member: Member) => Promise<Membership>;
  readonly writable: () => Promise<void>;
  readonly now: () => Promise<number>;
  readonly gauges: () => Promise<Gauges>;
};

export type Record = {
  readonly topic: Topic;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: readonly Header[];
};

export type Tail = AsyncDisposable & {
  /** Where it begins in the partitions that no longer stand from the position that was asked for. */
  readonly begun: Promise<readonly Next[]>;
  readonly ended: Promise<void>;
};

export type Group = { readonly name: string; readonly topics: readonly Topic[]; readonly exclusive: boolean };

export type Gauges = { readonly deadLetters: number; readonly storeBytes: number; readonly walBytes: number };

/** What the log tells a member of a group. Neither function throws. */
export type Member = {
  /**
   * The member now owns exactly these partitions, each with its committed position. What it no longer owns it stops at once;
   * the promise resolves when that has stopped, and a log that can wait gives the partitions away only then.
   */
  readonly owns: (partitions: readonly Next[]) => Promise<void>;
  /** @returns false when it has enough of this partition: the same record is offered again after `resume`. */
  readonly accept: (raw: Raw) => boolean;
};

export type Membership = AsyncDisposable & {
  /** Moves the group's positions, of owned partitions alone. */
  readonly commit: (positions: readonly Next[]) => Promise<void>;
  readonly resume: (topic: Topic, partition: number) => void;
  /** The ends of the owned partitions as last seen. */
  readonly ends: () => readonly Next[];
  /** How earlier work on a record ended. */
  readonly deaths: (record: Position) => Promise<Deaths>;
  /** Notes, so that it outlives this process, that work on a record begins. */
  readonly begin: (record: Position) => Promise<void>;
  /** Notes that this work ended without taking the process along. */
  readonly settle: (record: Position, how: "finished" | "unfinished") => Promise<void>;
};

/** How often a process ended while it worked on a record: by an exit of its own, or without a word (a kill, a power cut). */
export type Deaths = { readonly crashes: number; readonly silent: number };
