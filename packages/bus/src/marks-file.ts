import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isDamage, openSqlite, toWal } from "./sqlite.ts";
import { openWorkMarks, type WorkMarks } from "./work-marks.ts";

/** Rows of the records that some member is working on: see `work-marks.ts`. */
const TABLE = `CREATE TABLE IF NOT EXISTS work(grp TEXT, topic TEXT, partition INTEGER, offset INTEGER, member TEXT NOT NULL,
    running INTEGER NOT NULL, crashes INTEGER NOT NULL, silent INTEGER NOT NULL, PRIMARY KEY(grp, topic, partition, offset)) STRICT, WITHOUT ROWID;`;

/**
 * A file of work marks, shared by the processes of one data folder. Kafka has no place for them that a dying process could
 * still write; and in the embedded bus they would take the lock that what is published waits for, twice a record.
 */
export type MarksFile = { readonly of: (group: string, me: string) => WorkMarks; readonly close: () => void };

/** Opened with the first group: who only reads and writes leaves no file. */
export function openMarksFile(file: string): MarksFile {
  let opened: DatabaseSync | undefined;
  return {
    of: (group, me) => openWorkMarks((opened ??= open(file)), group, me),
    close: () => opened?.close(),
  };
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  let db: DatabaseSync | undefined;
  try {
    db = openSqlite(file, "NORMAL");
    toWal(db);
    db.exec(TABLE);
    return db;
  } catch (cause) {
    db?.close();
    if (!isDamage(cause)) throw cause;
    throw new Error(
      `The file ${file} is damaged. It only counts how often processes ended on one record: stop every service, remove it, and start again.`,
      { cause },
    );
  }
}
