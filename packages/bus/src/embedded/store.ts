import { randomInt } from "node:crypto";
import { closeSync, openSync, statfsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { inTransaction, isDamage, openSqlite, toWal, type Synchronous } from "../sqlite.ts";

const VERSION = 1;
/** Linux's numbers for NFS, SMB, CIFS and SMB2. */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/**
 * Three connections to one file. What is published waits for the disk; leases and positions survive the death of a process
 * and may be lost with the power, which repeats work; and the reader sees every commit of the other two as foreign.
 */
export type Store = {
  readonly durable: DatabaseSync;
  readonly quick: DatabaseSync;
  readonly reader: DatabaseSync;
  /** Of this file and of no other that ever stood under its name. */
  readonly id: string;
  readonly close: () => void;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS head(topic TEXT, partition INTEGER, next INTEGER NOT NULL, last_time INTEGER NOT NULL,
    PRIMARY KEY(topic, partition)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS record(topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, time INTEGER NOT NULL,
    key TEXT NOT NULL, value BLOB, headers TEXT NOT NULL, PRIMARY KEY(topic, partition, offset)) STRICT;
  CREATE TABLE IF NOT EXISTS position(grp TEXT, topic TEXT, partition INTEGER, next INTEGER NOT NULL,
    PRIMARY KEY(grp, topic, partition)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS member(grp TEXT, member TEXT, until INTEGER NOT NULL, PRIMARY KEY(grp, member)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS claim(grp TEXT, partition INTEGER, member TEXT NOT NULL, fence INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY(grp, partition)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS probe(id INTEGER PRIMARY KEY CHECK(id = 0), at INTEGER NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS record_no_update BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
  CREATE TRIGGER IF NOT EXISTS record_no_delete BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
  CREATE TRIGGER IF NOT EXISTS record_dense BEFORE INSERT ON record
    WHEN NEW.offset <> coalesce((SELECT next FROM head WHERE topic = NEW.topic AND partition = NEW.partition), 0)
    BEGIN SELECT RAISE(ABORT, 'an offset is skipped or taken'); END;
`;

/** @throws with a sentence that names the file, when it cannot serve as the bus. */
export function openStore(file: string, partitions: number): Store {
  touch(file);
  const opened: DatabaseSync[] = [];
  const connect = (readOnly: boolean, synchronous: Synchronous): DatabaseSync => {
    const db = openSqlite(file, synchronous, readOnly);
    opened.push(db);
    return db;
  };
  const close = (): void => opened.toReversed().forEach((db) => db.close());
  try {
    const durable = connect(false, "FULL");
    const id = prepare(durable, file, partitions);
    return { durable, quick: connect(false, "NORMAL"), reader: connect(true, "NORMAL"), id, close };
  } catch (cause) {
    close();
    throw isDamage(cause) ? new Error(damaged(file), { cause }) : cause;
  }
}

/** Creates the file where there is none, for its owner alone: SQLite gives what it puts beside it the same mode. */
function touch(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw new Error(`The bus file ${file} cannot be written: its folder must exist and belong to this user.`, {
      cause,
    });
  }
  if (!NETWORK_FILE_SYSTEMS.has(statfsSync(file).type)) return;
  throw new Error(
    `The bus file ${file} is on a network file system, where SQLite's locks do not hold. Put the data folder on a local disk.`,
  );
}

function prepare(db: DatabaseSync, file: string, partitions: number): string {
  const [check] = db.prepare("PRAGMA quick_check(1)").all();
  if (check?.["quick_check"] !== "ok") throw new Error(damaged(file), { cause: check?.["quick_check"] });
  toWal(db);
  return inTransaction(db, () => {
    db.exec(SCHEMA);
    must(
      db,
      file,
      "version",
      VERSION,
      "a version of Holdfast that keeps its records differently: run that version, or begin with a new data folder",
    );
    must(
      db,
      file,
      "partitions",
      partitions,
      "another number of partitions: run the version of Holdfast that made it, or begin with a new data folder",
    );
    return String(setting(db, "id", randomInt(2 ** 47)));
  });
}

function must(db: DatabaseSync, file: string, name: string, wanted: number, meaning: string): void {
  const found = setting(db, name, wanted);
  if (found !== wanted)
    throw new Error(
      `The bus file ${file} has ${name} ${String(found)} where ${wanted} is expected. It was made by ${meaning}.`,
    );
}

/** @param first what it is in a new file. */
function setting(db: DatabaseSync, name: string, first: number): unknown {
  db.prepare("INSERT INTO settings(name, value) VALUES(?, ?) ON CONFLICT DO NOTHING").run(name, first);
  return db.prepare("SELECT value FROM settings WHERE name = ?").get(name)?.["value"];
}

export function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function damaged(file: string): string {
  return `The bus file ${file} is damaged, so nothing starts on it. Stop every service, keep a copy of it and of ${file}-wal, and put a backup in its place, or move both away to begin with an empty bus.`;
}
