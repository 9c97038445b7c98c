import type { Topic } from "@holdfast/schemas";
import type { Next, Raw } from "./port.ts";

export const OUTSTANDING_MAX = 64;
export const OUTSTANDING_BYTES_MAX = 4 * 1024 * 1024;
/** One stuck delivery holds the watermark while other keys go on: this bounds what a crash delivers again. */
export const SPAN_MAX = 1000;

/** What one member has accepted of one partition and not yet acknowledged. */
export type Tracker = {
  readonly topic: Topic;
  readonly partition: number;
  readonly signal: AbortSignal;
  /** Resolves when every piece of work begun under it has ended. */
  readonly settled: () => Promise<unknown>;
  readonly during: <R>(work: Promise<R>) => Promise<R>;
  /** @returns what became of the record: `full` refuses it, `known` was accepted before. */
  readonly accept: (raw: Raw, at: number) => "accepted" | "full" | "known";
  readonly acknowledge: (offset: number) => void;
  /** The first offset that is not acknowledged: what the group's position may move to. */
  readonly low: () => number;
  /** The low watermark where it is ahead of what was committed. */
  readonly uncommitted: () => Next | undefined;
  readonly committed: (offset: number) => void;
  /** True once, when a partition that was full has room again. */
  readonly hasRoomAgain: () => boolean;
  readonly oldestAt: () => number | undefined;
  /** The partition belongs to somebody else now: work in flight is told to stop, and its acknowledgement means nothing. */
  readonly lose: () => void;
};

export function openTracker({ topic, partition, offset }: Next): Tracker {
  const stop = new AbortController();
  const outstanding = new Map<number, { readonly bytes: number; readonly at: number }>();
  const working = new Set<Promise<unknown>>();
  let [next, committed, bytes, full] = [offset, offset, 0, false];
  const low = (): number => outstanding.keys().next().value ?? next;
  const within = (share: number): boolean =>
    outstanding.size < OUTSTANDING_MAX * share &&
    bytes < OUTSTANDING_BYTES_MAX * share &&
    next - low() < SPAN_MAX * share;
  return {
    topic,
    partition,
    signal: stop.signal,
    settled: () => Promise.allSettled(working),
    during: async (work) => {
      working.add(work);
      try {
        return await work;
      } finally {
        working.delete(work);
      }
    },
    accept: (raw, at) => {
      if (raw.offset < next) return "known";
      if (!within(1)) {
        full = true;
        return "full";
      }
      const size =
        (raw.value?.length ?? 0) + raw.headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
      outstanding.set(raw.offset, { bytes: size, at });
      bytes += size;
      next = raw.offset + 1;
      return "accepted";
    },
    acknowledge: (acknowledged) => {
      bytes -= outstanding.get(acknowledged)?.bytes ?? 0;
      outstanding.delete(acknowledged);
    },
    low,
    uncommitted: () => (low() > committed ? { topic, partition, offset: low() } : undefined),
    committed: (moved) => {
      committed = moved;
    },
    hasRoomAgain: () => {
      if (!full || !within(0.5)) return false;
      full = false;
      return true;
    },
    oldestAt: () => outstanding.values().next().value?.at,
    lose: () => stop.abort(new Error(`${topic}/${partition} belongs to another member now`)),
  };
}
