import type { Bus } from "@holdfast/bus";
import type { Alert } from "@holdfast/schemas";
import { encode } from "@holdfast/schemas";

type MemoryBus = Pick<Bus, "publish"> & {
  readonly published: readonly Alert[];
  readonly failNext: (times: number) => void;
  /** Takes nothing until the returned function is called. */
  readonly hold: () => () => void;
  /** Resolves once so many wait. */
  readonly held: (count: number) => Promise<void>;
};

/** Takes alerts into a list, at the moment a test wants, or refuses them. */
export function memoryBus(failures = 0): MemoryBus {
  const published: Alert[] = [];
  let left = failures;
  let gate = Promise.resolve();
  let waiting = 0;
  const seen = (): Promise<void> => new Promise((done) => setImmediate(done));
  return {
    published,
    failNext: (times) => void (left = times),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    held: async (count) => {
      while (waiting < count) await seen();
    },
    publish: async (topic, key, event) => {
      const value = encode(topic, event);
      waiting += 1;
      await gate;
      waiting -= 1;
      if (left > 0) {
        left -= 1;
        throw new Error("the disk is full");
      }
      if (topic !== "alerts" || key !== (event as Alert).fingerprint)
        throw new Error("intake writes alerts alone, under their fingerprints");
      published.push(event as Alert);
      return { topic, partition: 0, offset: published.length - 1, time: 0, value };
    },
  };
}
