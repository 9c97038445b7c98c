import type { AuditEntry } from "@holdfast/schemas";
import { nextOffset } from "./entry.ts";

export type Position = { readonly topic: string; readonly partition: number; readonly next: number };

/** Follows the entries in log order: every partition must be dense, with a gap entry wherever records are missing. */
export type Positions = {
  /** What is wrong with this entry, or undefined; a wrong entry does not move its position. */
  readonly take: (entry: AuditEntry) => string | undefined;
  readonly all: () => readonly Position[];
};

export function openPositions(): Positions {
  const next = new Map<string, Position>();
  return {
    take: (entry) => {
      const { topic, partition } = entry;
      const expected = next.get(`${topic}/${partition}`)?.next ?? 0;
      if (entry.offset !== expected) return `it has offset ${entry.offset} where ${expected} must follow`;
      if (entry.kind === "gap" ? nextOffset(entry) <= entry.offset : entry.gapUntil !== null)
        return "its end does not fit its kind";
      next.set(`${topic}/${partition}`, { topic, partition, next: nextOffset(entry) });
      return undefined;
    },
    all: () => [...next.values()],
  };
}
