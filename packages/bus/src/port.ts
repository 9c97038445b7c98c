import type { Cause, Events, Header, Topic } from "@holdfast/schemas";

/** Where a bus says what it did on its own: each line is a sentence for people, with fields for machines. */
export type Note = (
  level: "debug" | "info" | "warn" | "error",
  fields: Readonly<Record<string, unknown>>,
  sentence: string,
) => void;

/** Where a record stands, and when the broker took it. Offsets are dense, per topic and partition, from 0. */
export type Position = {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  /** ms since the epoch: the broker's clock, never the publisher's, and never earlier than the record before it. */
  readonly time: number;
};

/** A record exactly as it lies on its topic. */
export type Raw = Position & {
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
};

/** Where a record may stand. */
export type Place = Omit<Position, "time">;

/** A record to be written once more. */
export type Again = Pick<Raw, "topic" | "key" | "headers"> & { readonly value: Buffer };

/** A record that decoded and, on a signed topic, verified. */
export type Delivery<T extends Topic = Topic> = {
  readonly [K in T]: Raw & { readonly topic: K; readonly value: Buffer; readonly event: Events[K] };
}[T];

export type Published = Position & { readonly value: Buffer };

export type Handler<T extends Topic> = (delivery: Delivery<T>, signal: AbortSignal) => Promise<void>;

export type SubscribeOptions<T extends Topic = Topic> = {
  /** How many keys are worked on at once. Within a key there is one at a time, in order. */
  readonly concurrency: number;
  /** One active member for the whole group, the others stand by. Else members share the partitions. */
  readonly exclusive: boolean;
  /** What a record that cannot be taken does to later records of its key: they follow it to `dead-letters`, or they go on. */
  readonly parked: "hold-key" | "go-on";
  /** Called when this member becomes active, before the first delivery, and again after each loss and return. Throwing retries. */
  readonly onActive?: () => Promise<void>;
  /** Which record is the end of its key where a person dropped it: it is handled, and the key is free after it. */
  readonly closes?: (delivery: Delivery<T>) => boolean;
};

export type Subscription = AsyncDisposable & {
  /** True while this member is the active one, or one of the sharing ones. */
  readonly active: () => boolean;
  /** Records that stand on what this member owns and are not yet acknowledged; 0 while it stands by. */
  readonly lag: () => number;
  /** ms since the oldest unacknowledged delivery arrived here; 0 when there is none. */
  readonly oldestAgeMs: () => number;
  /** True where this member holds the key until a person decides about a dead letter of it. */
  readonly isHeld: (key: string) => boolean;
};

export type Next = { readonly topic: Topic; readonly partition: number; readonly offset: number };

export type Following = AsyncDisposable & {
  /** Resolves once everything that stood on the topics when it began has been handed over. */
  readonly caughtUp: Promise<void>;
  /** Rejects with the error that ended it; resolves when it was closed. */
  readonly ended: Promise<void>;
  /** Records that stand on the topics now and have not been handed over to the end. */
  readonly behind: () => Promise<number>;
};

export type View = Following & {
  /** Resolves once this position has been folded: what one has just published, for example. */
  readonly reached: (position: Position, signal?: AbortSignal) => Promise<void>;
  readonly isCaughtUp: () => boolean;
};

/**
 * How services meet. Every adapter passes `contract.ts`.
 *
 * At least once, in order per key, concurrent over keys, bounded in memory. A crash repeats work and never loses it, so
 * handlers are idempotent and ids deterministic. The first record of an id, in partition order, that verifies is the event:
 * views drop and count the later ones, a handler meets them and does nothing twice.
 */
export type Bus = AsyncDisposable & {
  /**
   * Encodes, signs where the topic is signed, and resolves only when the record is durable. Rejects when that is not known:
   * then it may be there or not, and publishing it again is right. The key must be the one that the event itself names.
   * @param cause what made it be published, a delivery for example: its headers continue the trace of it.
   */
  readonly publish: <T extends Topic>(topic: T, key: string, event: Events[T], cause?: Cause) => Promise<Published>;
  /**
   * Returning acknowledges; throwing retries with back-off, in place, holding only its key. What cannot be decoded, verified
   * or survived is parked in `dead-letters`.
   */
  readonly subscribe: <T extends Topic>(
    topics: readonly T[],
    group: string,
    handler: Handler<T>,
    options: SubscribeOptions<T>,
  ) => Promise<Subscription>;
  /**
   * Whole topics as raw records, per partition in offset order, from the positions given (0 where none is). Parks nothing;
   * an error from `onBatch` ends it.
   */
  readonly follow: (
    topics: readonly Topic[],
    from: readonly Next[],
    onBatch: (batch: readonly Raw[]) => Promise<void>,
  ) => Following;
  /** A fold over what verifies, from the beginning; forgets nothing over a restart because it begins again. */
  readonly view: <T extends Topic>(topics: readonly T[], fold: (delivery: Delivery<T>) => void) => View;
  /** The records at these places; one that is not there, or no longer, is left out. */
  readonly recordsAt: (places: readonly Place[]) => Promise<readonly Raw[]>;
  /** Writes a record once more, byte for byte. For an operator, and for no service. */
  readonly again: (record: Again) => Promise<Position>;
  /** Resolves when a write would be durable now; rejects with a sentence otherwise. */
  readonly writable: () => Promise<void>;
  /** The broker's clock, ms: what it would stamp on a record now. */
  readonly now: () => Promise<number>;
  /** What a metrics page shows. */
  readonly stats: () => Promise<BusStats>;
};

export type BusStats = {
  /** Records on `dead-letters`. */
  readonly deadLetters: number;
  /** Records that this process has parked since it started. */
  readonly parked: number;
  /** Records that views left out: later bodies of a known id, and what did not decode or verify. */
  readonly dropped: { readonly duplicate: number; readonly undecodable: number; readonly unverified: number };
  /** Bytes on disk; 0 where the broker keeps them elsewhere. */
  readonly storeBytes: number;
  readonly walBytes: number;
  readonly groups: readonly {
    readonly group: string;
    readonly active: boolean;
    readonly lag: number;
    readonly oldestAgeMs: number;
  }[];
};
