import { closeSync, openSync, statfsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5000;
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
  const connect = (readOnly: boolean, synchronous: "FULL" | "NORMAL"): DatabaseSync => {
    const db = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
    opened.push(db);
    db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA recursive_triggers = ON`);
    return db;
  };
  const close = (): void => opened.toReversed().forEach((db) => db.close());
  try {
    const durable = connect(false, "FULL");
    prepare(durable, file, partitions);
    return { durable, quick: connect(false, "NORMAL"), reader: connect(true, "NORMAL"), close };
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

function prepare(db: DatabaseSync, file: string, partitions: number): void {
  const [check] = db.prepare("PRAGMA quick_check(1)").all();
  if (check?.["quick_check"] !== "ok") throw new Error(damaged(file), { cause: check?.["quick_check"] });
  db.exec("PRAGMA journal_mode = WAL");
  inTransaction(db, () => {
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
  });
}

function must(db: DatabaseSync, file: string, name: string, wanted: number, meaning: string): void {
  db.prepare("INSERT INTO settings(name, value) VALUES(?, ?) ON CONFLICT DO NOTHING").run(name, wanted);
  const found = db.prepare("SELECT value FROM settings WHERE name = ?").get(name)?.["value"];
  if (found !== wanted)
    throw new Error(
      `The bus file ${file} has ${name} ${String(found)} where ${wanted} is expected. It was made by ${meaning}.`,
    );
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

export function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isDamage(cause: unknown): boolean {
  return cause instanceof Error && /file is not a database|disk image is malformed/.test(cause.message);
}

function damaged(file: string): string {
  return `The bus file ${file} is damaged, so nothing starts on it. Stop every service, keep a copy of it and of ${file}-wal, and put a backup in its place, or move both away to begin with an empty bus.`;
}
