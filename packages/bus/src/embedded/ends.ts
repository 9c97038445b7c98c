import type { Topic } from "@holdfast/schemas";
import type { Next } from "../port.ts";
import type { Reader } from "./reader.ts";

/** Where some topics end, kept: a look costs what has come since the last one, however many partitions there are. */
export type Ends = {
  /** @returns the partitions that have grown since the last look; at first all. */
  readonly grown: () => readonly Next[];
  /** The next look finds all of them again. */
  readonly forget: () => void;
};

export function openEnds(reader: Reader, topics: readonly Topic[]): Ends {
  let row: number | undefined;
  return {
    grown: () => {
      const newest = reader.newest();
      if (newest === row) return [];
      const grown =
        row === undefined
          ? reader.ends(topics)
          : reader.grownSince(row).filter(({ topic }) => topics.some((name) => name === topic));
      row = newest; // read before the ends, so that nothing that comes in between is missed
      return grown;
    },
    forget: () => {
      row = undefined;
    },
  };
}
