import type { Raw } from "@holdfast/bus";
import type { Receipt } from "@holdfast/log";
import type { Events } from "./events.ts";
import type { Checkpointed, Publisher } from "./publish.ts";
import { makeReceipt, type Asked } from "./receipt.ts";
import type { Appended, Store } from "./store.ts";

/** Takes batches into the log, and hands out receipts for what a durable checkpoint covers. */
export type Recorder = {
  /** Appends, publishes and signs; what it throws stops the service. */
  readonly record: (batch: readonly Raw[]) => Appended;
  /** Waits for the record until the signal; undefined when it did not come. */
  readonly receipt: (asked: Asked, until: AbortSignal) => Promise<Receipt | undefined>;
  readonly checkpoint: () => Checkpointed;
  /** ms since the epoch: when the last checkpoint was signed, or found at the start. */
  readonly checkpointAt: () => number;
};

export type RecorderParts = {
  readonly store: Store;
  readonly publisher: Publisher;
  readonly events: Events;
  readonly now: () => number;
};

export function openRecorder({ store, publisher, events, now }: RecorderParts): Recorder {
  const waiting = new Set<() => void>();
  publisher.publish();
  events.catchUp();
  let checkpointAt = now();
  return {
    record: (batch) => {
      const appended = store.append(batch, now());
      publisher.publish();
      checkpointAt = now();
      events.catchUp();
      for (const wake of waiting) wake();
      return appended;
    },
    receipt: async (asked, until) => {
      for (;;) {
        const receipt = makeReceipt(asked, store, publisher.latest());
        if (receipt !== undefined || until.aborted) return receipt;
        await next(waiting, until);
      }
    },
    checkpoint: () => publisher.latest(),
    checkpointAt: () => checkpointAt,
  };
}

function next(waiting: Set<() => void>, until: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const wake = (): void => {
      waiting.delete(wake);
      until.removeEventListener("abort", wake);
      done();
    };
    waiting.add(wake);
    until.addEventListener("abort", wake, { once: true });
  });
}
