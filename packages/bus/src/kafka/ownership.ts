import type { Topic } from "@holdfast/schemas";
import type { Member } from "../log.ts";
import type { Next } from "../port.ts";
import type { Claim } from "./assigner.ts";
import { nameOf, type TopicPartition } from "../topic-partition.ts";

/** What a member works on, between what its group assigns to it and what it is told. */
export type Ownership = {
  readonly has: (partition: TopicPartition) => boolean;
  /** What it would say of itself if it joined now. */
  readonly claim: () => Claim;
  /** The group has assigned exactly these: what is not among them is lost at once, what is new begins at its position. */
  readonly become: (assigned: readonly TopicPartition[]) => Promise<void>;
};

/**
 * @param positionsOf the committed positions; insists until it is told that they are not wanted any more.
 * @param begin fetching at these positions.
 */
export function openOwnership(
  owns: Member["owns"],
  positionsOf: (partitions: readonly TopicPartition[], isWanted: () => boolean) => Promise<readonly Next[] | undefined>,
  begin: (positions: readonly Next[]) => void,
): Ownership {
  let owned: ReadonlyMap<string, Next> = new Map();
  let [epoch, since] = [0, 0];
  return {
    has: (partition) => owned.has(nameOf(partition)),
    claim: () => ({ partitions: [...new Set([...owned.values()].map(({ partition }) => partition))], since }),
    become: async (assigned) => {
      const mine = ++epoch;
      const names = new Set(assigned.map(nameOf));
      const kept = new Map([...owned].filter(([name]) => names.has(name)));
      if (kept.size < owned.size) void owns([...kept.values()]);
      owned = kept;
      const gained = assigned.filter((partition) => !kept.has(nameOf(partition)));
      if (gained.length === 0) return;
      const positions = await positionsOf(gained, () => mine === epoch);
      if (mine !== epoch || positions === undefined) return;
      owned = new Map([...kept, ...positions.map((next) => [nameOf(next), next] as const)]);
      since = Date.now();
      void owns([...owned.values()]);
      begin(positions);
    },
  };
}

export function partitionsIn(
  assignment: Readonly<Record<string, readonly number[]>>,
  topicOf: (name: string) => Topic,
): readonly TopicPartition[] {
  return Object.entries(assignment).flatMap(([name, partitions]) =>
    partitions.map((partition) => ({ topic: topicOf(name), partition })),
  );
}
