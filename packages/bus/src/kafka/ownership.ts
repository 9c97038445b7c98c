import type { Topic } from "@holdfast/schemas";
import type { Member } from "../log.ts";
import type { Next } from "../port.ts";
import type { Claim } from "./assigner.ts";

export type Place = Pick<Next, "topic" | "partition">;

/** What a member works on, between what its group assigns to it and what it is told. */
export type Ownership = {
  readonly has: (place: Place) => boolean;
  readonly isEmpty: () => boolean;
  /** What it would say of itself if it joined now. */
  readonly claim: () => Claim;
  /** The group has assigned exactly these: what is not among them is lost at once, what is new begins at its position. */
  readonly become: (assigned: readonly Place[]) => Promise<void>;
};

/**
 * @param positionsOf the committed positions; insists until it is told that they are not wanted any more.
 * @param begin fetching at these positions.
 */
export function openOwnership(
  owns: Member["owns"],
  positionsOf: (places: readonly Place[], isWanted: () => boolean) => Promise<readonly Next[]>,
  begin: (positions: readonly Next[]) => void,
): Ownership {
  let owned: ReadonlyMap<string, Next> = new Map();
  let [epoch, since] = [0, 0];
  return {
    has: (place) => owned.has(nameOf(place)),
    isEmpty: () => owned.size === 0,
    claim: () => ({ partitions: [...new Set([...owned.values()].map(({ partition }) => partition))], since }),
    become: async (assigned) => {
      const mine = ++epoch;
      const names = new Set(assigned.map(nameOf));
      const kept = new Map([...owned].filter(([name]) => names.has(name)));
      if (kept.size < owned.size) void owns([...kept.values()]);
      owned = kept;
      const gained = assigned.filter((place) => !kept.has(nameOf(place)));
      if (gained.length === 0) return;
      const positions = await positionsOf(gained, () => mine === epoch);
      if (mine !== epoch) return;
      owned = new Map([...kept, ...positions.map((next) => [nameOf(next), next] as const)]);
      since = Date.now();
      void owns([...owned.values()]);
      begin(positions);
    },
  };
}

export function nameOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

export function placesIn(
  assignment: Readonly<Record<string, readonly number[]>>,
  topicOf: (name: string) => Topic,
): readonly Place[] {
  return Object.entries(assignment).flatMap(([name, partitions]) =>
    partitions.map((partition) => ({ topic: topicOf(name), partition })),
  );
}
