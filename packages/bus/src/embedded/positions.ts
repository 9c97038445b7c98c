import type { Topic } from "@holdfast/schemas";
import type { Group } from "../log.ts";
import type { Next } from "../port.ts";
import { inTransaction } from "../sqlite.ts";
import type { Store } from "./store.ts";

/** How far a group has come. */
export type Positions = {
  readonly of: (partitions: readonly number[]) => readonly Next[];
  /** @returns false when some were left alone, because this member does not hold them any more. */
  readonly move: (moves: readonly Next[], holds: (partition: number) => boolean) => boolean;
};

export function openPositions({ quick }: Store, group: Group): Positions {
  const select = quick.prepare("SELECT next FROM position WHERE grp = ? AND topic = ? AND partition = ?");
  const upsert = quick.prepare(
    "INSERT INTO position(grp, topic, partition, next) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET next = max(next, ?4)",
  );
  const positionOf = (topic: Topic, partition: number): Next => {
    return { topic, partition, offset: Number(select.get(group.name, topic, partition)?.["next"] ?? 0) };
  };
  return {
    of: (partitions) => group.topics.flatMap((topic) => partitions.map((partition) => positionOf(topic, partition))),
    move: (moves, holds) =>
      inTransaction(quick, () => {
        const mine = moves.filter(({ partition }) => holds(partition));
        for (const { topic, partition, offset } of mine) upsert.run(group.name, topic, partition, offset);
        return mine.length === moves.length;
      }),
  };
}
