import type { AuditEntry } from "@holdfast/schemas";
import { commitTo, readEntry, wholeOf } from "./entry.ts";
import { openPositions, type Position } from "./positions.ts";
import type { Broken, Gap, ReadValue } from "./verdict.ts";

/** What the entries themselves say, read in log order: dense offsets, gaps, and values that fit their commitments. */
export type Story = {
  /** Takes one entry and answers how to name it. */
  readonly take: (bytes: Buffer, index: number, path: string) => Promise<string>;
  /** The first entry that cannot be right. */
  readonly wrong: () => Broken | undefined;
  readonly told: () => {
    readonly records: number;
    readonly gaps: readonly Gap[];
    readonly valuesChecked: number;
    readonly positions: readonly Position[];
  };
};

export function openStory(values: ReadValue | undefined): Story {
  const positions = openPositions();
  const gaps: Gap[] = [];
  let [records, valuesChecked] = [0, 0];
  let wrong: Broken | undefined;

  async function valuesWrong(entry: AuditEntry): Promise<string | undefined> {
    if (values === undefined) return undefined;
    for (const commit of [entry.valueCommit, wholeOf(entry)]) {
      if (commit === null || commit === undefined) continue;
      const value = await values(commit);
      if (value === undefined) return `its value ${commit.toString("hex")} is not in the store`;
      if (commitTo(value)?.equals(commit) !== true)
        return `the stored value is not the one it commits to (${commit.toString("hex")})`;
      valuesChecked += 1;
    }
    return undefined;
  }

  return {
    take: async (bytes, index, path) => {
      const entry = readEntry(bytes);
      if (entry === undefined) {
        wrong ??= {
          outcome: "broken",
          where: `entry ${index} in ${path}`,
          because: "it cannot be decoded as an entry",
        };
        return `entry ${index}`;
      }
      const name = `entry ${index} (${entry.topic}/${entry.partition}/${entry.offset})`;
      if (entry.kind === "gap")
        gaps.push({
          topic: entry.topic,
          partition: entry.partition,
          offset: entry.offset,
          until: entry.gapUntil ?? 0,
          index,
        });
      else records += 1;
      const because = positions.take(entry) ?? (await valuesWrong(entry));
      if (because !== undefined) wrong ??= { outcome: "broken", where: `${name} in ${path}`, because };
      return name;
    },
    wrong: () => wrong,
    told: () => ({ records, gaps, valuesChecked, positions: positions.all() }),
  };
}
