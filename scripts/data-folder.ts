import { sentenceOf } from "@holdfast/service";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;
const REMEDY = "Set HOLDFAST_DATA to a folder that you may write.";

/**
 * Makes the data folder where it is not there yet, and holds it: two Holdfasts on one folder would write into each other's records.
 * The operating system lets go when this process ends, however it ends.
 */
export function holdDataFolder(folder: string): Disposable {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const lock = lockOf(folder);
  try {
    writeFileSync(pidFile(folder), `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    lock[Symbol.dispose]();
    throw unwritable(folder, cause);
  }
  return lock;
}

/** One folder after the other: asked for all at once, Node tries without end where the file system refuses, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file, and no folder`);
    return;
  }
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

function lockOf(folder: string): Disposable {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, "holdfast.lock"), { timeout: 0 });
    const held = database;
    held.exec("BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => held.close() };
  } catch (cause) {
    database?.close();
    throw isBusy(cause) ? inUse(folder) : unwritable(folder, cause);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function inUse(folder: string): Error {
  return new Error(
    `Another Holdfast runs on the data folder ${folder}${holderOf(folder)}. Two would write into each other's records, so nothing was started. ` +
      "Stop that one first, or set HOLDFAST_DATA to a folder of its own for this one.",
  );
}

function holderOf(folder: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(pidFile(folder), "utf8"), 10)})`;
  } catch {
    return "";
  }
}

function unwritable(folder: string, cause: unknown): Error {
  return new Error(
    `The data folder ${folder} cannot be used: ${sentenceOf(cause)}. What is not recorded does not happen, so nothing was started. ${REMEDY}`,
  );
}

function pidFile(folder: string): string {
  return join(folder, "holdfast.pid");
}
