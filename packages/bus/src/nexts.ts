import type { Topic } from "@holdfast/schemas";
import type { Next } from "./port.ts";
import { nameOf } from "./topic-partition.ts";

/** Of each partition the offset of the record that comes next. */
export type Nexts = {
  readonly at: (topic: Topic, partition: number) => number;
  readonly move: (topic: Topic, partition: number, offset: number) => void;
  readonly all: () => readonly Next[];
};

export function openNexts(from: readonly Next[]): Nexts {
  const nexts = new Map(from.map((next) => [nameOf(next), next]));
  return {
    at: (topic, partition) => nexts.get(nameOf({ topic, partition }))?.offset ?? 0,
    move: (topic, partition, offset) => void nexts.set(nameOf({ topic, partition }), { topic, partition, offset }),
    all: () => [...nexts.values()],
  };
}
