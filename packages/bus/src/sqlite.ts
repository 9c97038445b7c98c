import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5000;
const AGAIN_MS = 5;
const SQLITE_BUSY = 5;

export type Synchronous = "FULL" | "NORMAL";

/** Opens a file for its owner alone, and creates it where there is none: SQLite gives what it puts beside it the same mode. */
export function openSqlite(file: string, synchronous: Synchronous, readOnly = false): DatabaseSync {
  if (!readOnly) touch(file);
  const db = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA recursive_triggers = ON`);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function touch(file: string): void {
  closeSync(openSync(file, "a", 0o600));
}

/** Where several processes begin on a new file at once, SQLite refuses this one statement without waiting, whatever the timeout. */
export function toWal(db: DatabaseSync): void {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return db.exec("PRAGMA journal_mode = WAL");
    } catch (cause) {
      if (!isBusy(cause) || performance.now() > until) throw cause;
      Atomics.wait(clock, 0, 0, AGAIN_MS);
    }
  }
}

/** Takes the write lock before it reads: a transaction that asks for it later fails at once, whatever the timeout. */
export function inTransaction<R>(db: DatabaseSync, body: () => R): R {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = body();
    db.exec("COMMIT");
    return result;
  } catch (cause) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw cause;
  }
}

/** The file is none of SQLite's, or not as SQLite left it. */
export function isDamage(cause: unknown): boolean {
  return cause instanceof Error && /file is not a database|disk image is malformed/.test(cause.message);
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "errcode" in cause && (Number(cause.errcode) & 0xff) === SQLITE_BUSY;
}
