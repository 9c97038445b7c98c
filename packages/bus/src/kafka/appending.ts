import type { Log } from "../log.ts";
import { partitionOf } from "../partition.ts";
import type { Position } from "../port.ts";
import { openLane, type Lane, type LaneParts } from "./lane.ts";

/** More than this waiting means that the brokers do not keep up: the caller hears it rather than the memory. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

export type Appending = { readonly append: Log["append"]; readonly close: () => Promise<void> };

/** A lane for each partition number: all of a key's records go through one, and each has one send in flight. */
export function openAppending(parts: LaneParts, partitions: number): Appending {
  const lanes = new Map<number, Lane>();
  let [waitingBytes, isOpen] = [0, true];
  const laneOf = (partition: number): Lane => {
    const lane = lanes.get(partition) ?? openLane(parts);
    lanes.set(partition, lane);
    return lane;
  };
  return {
    append: async (record) => {
      if (!isOpen) throw new Error("The bus is closed, so nothing can be published on it.");
      const bytes = record.value.length;
      if (waitingBytes + bytes > WAITING_BYTES_MAX)
        throw new Error(
          "Kafka does not keep up with what is published, so this record was not taken. Try again later.",
        );
      const partition = partitionOf(record.key, partitions);
      const { promise, resolve, reject } = Promise.withResolvers<Position>();
      laneOf(partition).add({ record, partition, since: Date.now(), isAlone: waitingBytes === 0, resolve, reject });
      waitingBytes += bytes;
      return await promise.finally(() => (waitingBytes -= bytes));
    },
    close: async () => {
      isOpen = false;
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}
