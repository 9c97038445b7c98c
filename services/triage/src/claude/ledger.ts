import { readIfThere, writeDurably } from "@holdfast/service";
import { z } from "zod";

const count = z.number().nonnegative();
const Run = z.strictObject({
  incident: z.string(),
  at: count,
  toolCalls: count,
  tokens: count,
  microUsd: count,
  milliseconds: count,
});
const File = z.strictObject({ runs: z.array(Run) });

/** One run of a model that no analysis tells of yet, and the most that it can have taken. */
export type LedgerRun = z.infer<typeof File>["runs"][number];

/** What survives this process: runs are written before their requests are sent, so that a crash forgets none. */
export type Ledger = {
  readonly read: () => readonly LedgerRun[];
  readonly write: (runs: readonly LedgerRun[]) => void;
};

const OWNER_ONLY = 0o600;

export function openLedger(file: string): Ledger {
  return {
    read: () => runsIn(file),
    write: (runs) => writeDurably(file, Buffer.from(JSON.stringify({ runs })), OWNER_ONLY),
  };
}

function runsIn(file: string): readonly LedgerRun[] {
  const text = readIfThere(file)?.toString("utf8");
  if (text === undefined) return [];
  try {
    return File.parse(JSON.parse(text)).runs;
  } catch (cause) {
    throw new Error(
      `The file ${file} does not say what runs of the model have spent, so no budget can be kept. Delete it if that is known to be nothing.`,
      { cause },
    );
  }
}
