import type { Next, Raw } from "./port.ts";
import { openTracker, type Tracker } from "./tracker.ts";
import { nameOf } from "./topic-partition.ts";

/** The partitions that a member owns now, each with its tracker. */
export type Holdings = {
  readonly size: () => number;
  readonly all: () => readonly Tracker[];
  readonly of: (raw: Raw) => Tracker | undefined;
  /** Owns exactly these from now on. @returns the trackers that were lost, already stopped, and whether any is new. */
  readonly become: (partitions: readonly Next[]) => { readonly lost: readonly Tracker[]; readonly hasGained: boolean };
  readonly lag: (ends: readonly Next[]) => number;
  readonly oldestAgeMs: (now: number) => number;
  /** Resolves when no work is in hand. */
  readonly settled: () => Promise<unknown>;
};

export function openHoldings(): Holdings {
  const trackers = new Map<string, Tracker>();
  const all = (): readonly Tracker[] => [...trackers.values()];
  return {
    size: () => trackers.size,
    all,
    of: (raw) => trackers.get(nameOf(raw)),
    become: (partitions) => {
      const wanted = new Map(partitions.map((next) => [nameOf(next), next]));
      const lost = all().filter((tracker) => !wanted.has(nameOf(tracker)));
      for (const tracker of lost) {
        trackers.delete(nameOf(tracker));
        tracker.lose();
      }
      const gained = [...wanted].filter(([name]) => !trackers.has(name));
      for (const [name, next] of gained) trackers.set(name, openTracker(next));
      return { lost, hasGained: gained.length > 0 };
    },
    lag: (ends) =>
      ends.reduce((sum, end) => sum + Math.max(0, end.offset - (trackers.get(nameOf(end))?.low() ?? end.offset)), 0),
    oldestAgeMs: (now) => Math.max(0, ...all().map((tracker) => now - (tracker.oldestAt() ?? now))),
    settled: () => Promise.all(all().map((tracker) => tracker.settled())),
  };
}
