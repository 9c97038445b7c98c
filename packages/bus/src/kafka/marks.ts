import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openWorkMarks, type WorkMarks } from "../embedded/work-marks.ts";
import { WORK_TABLE } from "../embedded/work-table.ts";

const BUSY_TIMEOUT_MS = 5000;

/** A file of work marks, shared by the processes of one data folder. Kafka has no place for them that a dying process could still write. */
export type MarksFile = { readonly of: (group: string, me: string) => WorkMarks; readonly close: () => void };

/** Opened with the first group: who only reads and writes leaves no file. */
export function openMarksFile(file: string): MarksFile {
  let opened: DatabaseSync | undefined;
  const open = (): DatabaseSync => {
    mkdirSync(dirname(file), { recursive: true });
    const quick = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    quick.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${WORK_TABLE}`);
    return quick;
  };
  return {
    of: (group, me) => openWorkMarks({ quick: (opened ??= open()) }, group, me),
    close: () => opened?.close(),
  };
}
