import { PARTITIONS } from "@holdfast/schemas";
import { expect, test } from "vitest";
import type { Log } from "./log.ts";
import { recordsAt } from "./places.ts";
import type { Raw } from "./port.ts";

const standing: Raw = { topic: "alerts", partition: 1, offset: 8, time: 0, key: "k", value: null, headers: [] };

/** A log whose partitions end at 9, of which one record stands: what came before it has expired, as on Kafka. */
const log: Pick<Log, "ends" | "tail"> = {
  ends: async () => Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: "alerts", partition, offset: 9 })),
  tail: (_topics, from, onBatch) => {
    const over = Promise.withResolvers<void>();
    const begun = from.map((next) => ({ ...next, offset: Math.max(next.offset, next.partition === 1 ? 8 : 9) }));
    if (begun.some(({ partition, offset }) => partition === 1 && offset === 8)) void onBatch([standing]);
    return {
      begun: Promise.resolve(begun),
      ended: over.promise,
      [Symbol.asyncDispose]: async () => over.resolve(),
    };
  },
};

test("what expired is left out, and is not waited for where nothing has come since", async () => {
  const at = (partition: number, offset: number) => ({ topic: "alerts", partition, offset }) as const;
  expect(await recordsAt(log as Log, [at(0, 3)])).toEqual([]);
  expect(await recordsAt(log as Log, [at(0, 3), at(1, 2), at(1, 8)])).toEqual([standing]);
});
