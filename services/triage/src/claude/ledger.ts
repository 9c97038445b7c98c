import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
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

export function openLedger(file: string): Ledger {
  mkdirSync(dirname(file), { recursive: true });
  return { read: () => runsIn(file), write: (runs) => replace(file, JSON.stringify({ runs })) };
}

function runsIn(file: string): readonly LedgerRun[] {
  try {
    return File.parse(JSON.parse(readFileSync(file, "utf8"))).runs;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new Error(
      `The file ${file} does not say what runs of the model have spent, so no budget can be kept. Delete it if that is known to be nothing.`,
      { cause },
    );
  }
}

function replace(file: string, text: string): void {
  const written = openSync(`${file}.new`, "w", 0o600);
  try {
    writeSync(written, text);
    fsyncSync(written);
  } finally {
    closeSync(written);
  }
  renameSync(`${file}.new`, file);
}
