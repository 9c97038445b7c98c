import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { AlertInstance } from "./alerts.ts";
import type { Hidden } from "./fates.ts";
import type { SeriesHistory } from "./series.ts";
import type { StoreDump } from "./store.ts";

/** A change that the API accepted, and that was no dry run. */
export type RecordedWrite = {
  readonly at: string;
  readonly user: string;
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly userAgent: string;
  readonly code: number;
};

/** Everything that must be there again after a restart. */
export type State = {
  readonly format: 1;
  readonly store: StoreDump;
  readonly hidden: Hidden;
  readonly alerts: readonly AlertInstance[];
  readonly broken: readonly BrokenScenario[];
  readonly breaks: number;
  readonly history: SeriesHistory;
  readonly writes: readonly RecordedWrite[];
};

/** `fired` once its alerts did: from then on it is broken for as long as one of them fires. */
export type BrokenScenario = { readonly name: string; readonly at: string; readonly fired: boolean };

/** INVARIANT: only a whole file is ever under the name, so a kill at any moment leaves the state before or the state after. */
export function saveState(file: string, state: State): void {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(state), { mode: 0o600 });
  renameSync(next, file);
}

export function loadState(file: string): State | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new Error(
      `The sandbox cannot read its state in ${file}. Make the file readable, or remove it to begin with a fresh cluster.`,
      { cause },
    );
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === "object" && parsed !== null && "format" in parsed && parsed.format === 1)
    return parsed as State;
  throw new Error(
    `The sandbox's state in ${file} has a format that this version does not read. Remove the file to begin with a fresh cluster.`,
  );
}
