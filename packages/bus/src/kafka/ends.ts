import type { Topic } from "@holdfast/schemas";
import type { Next } from "../port.ts";
import type { Offsets } from "./offsets.ts";
import { nameOf } from "../topic-partition.ts";

const FRESH_MS = 1000;

/** The ends of topics as last seen. Looking asks for newer ones, for the next look. */
export type Ends = { readonly note: (end: Next) => void; readonly now: () => readonly Next[] };

export function openEnds(offsets: Offsets, topics: readonly Topic[]): Ends {
  const seen = new Map<string, Next>();
  let askedAt = 0;
  const note = (end: Next): void => void seen.set(nameOf(end), end);
  const ask = (): void => {
    if (Date.now() - askedAt < FRESH_MS) return;
    askedAt = Date.now();
    offsets.ends(topics).then(
      (ends) => ends.forEach(note),
      () => undefined, // health says it; the numbers stay as they were
    );
  };
  return {
    note,
    now: () => {
      ask();
      return [...seen.values()];
    },
  };
}
