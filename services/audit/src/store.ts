import { DatabaseSync } from "node:sqlite";
import type { Raw } from "@holdfast/bus";
import {
  leafHash,
  nextOffset,
  nodesCompletedBy,
  readEntry,
  sha256,
  type Gap,
  type NodeAt,
  type Position,
} from "@holdfast/log";
import { gapLeaf, isSameRecord, recordLeaf, type Leaf } from "./entries.ts";
import { isFull } from "./room.ts";
import { bytesOf, integerOf, textOf } from "./rows.ts";

/** The system of record: entries, complete subtrees, positions and values, all moved by one transaction. */
export type Store = Disposable & {
  /** Records each record exactly once, in order, and each gap before the record that shows it. Any error rolls all of it back, and but for a full disk stops the store. */
  readonly append: (batch: readonly Raw[], recordedAt: number) => Appended;
  /** Writes, and changes nothing. @throws where it cannot. */
  readonly touch: () => void;
  readonly size: () => number;
  readonly nodeAt: NodeAt;
  /** The bytes of the entries from start up to end. */
  readonly entries: (start: number, end: number) => readonly Buffer[];
  readonly indexOf: (topic: string, partition: number, offset: number) => number | undefined;
  readonly value: (hash: Buffer) => Buffer | undefined;
  /** Where to go on in every partition that has records. */
  readonly positions: () => readonly Position[];
  readonly database: DatabaseSync;
};
export type Appended = {
  readonly size: number;
  readonly appended: number;
  readonly repeated: number;
  readonly gaps: readonly Gap[];
};

const TABLES = `
CREATE TABLE IF NOT EXISTS leaf (
  idx INTEGER PRIMARY KEY, topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
  entry BLOB NOT NULL, hash BLOB NOT NULL, UNIQUE (topic, part, off)) STRICT;
CREATE TABLE IF NOT EXISTS node (level INTEGER, idx INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS value (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS pos (topic TEXT, part INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, part)) STRICT;
CREATE TRIGGER IF NOT EXISTS leaf_next BEFORE INSERT ON leaf
  WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM leaf) BEGIN SELECT RAISE(ABORT, 'not the next index'); END;
${["leaf", "node", "value"].map(appendOnly).join("")}`;

function appendOnly(table: string): string {
  return ["UPDATE", "DELETE"]
    .map(
      (change) =>
        `CREATE TRIGGER IF NOT EXISTS ${table}_no_${change.toLowerCase()} BEFORE ${change} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only'); END;\n`,
    )
    .join("");
}

/** recursive_triggers: without it INSERT OR REPLACE would delete rows past the triggers. FULL: a lost commit would let the log sign another history. */
export function openStore(path: string): Store {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON;");
  database.exec(TABLES);
  const select = selects(database);
  const writer = openWriter(database, select);
  return {
    ...select,
    append: (batch, recordedAt) => writer(batch, recordedAt),
    touch: () => database.exec("PRAGMA user_version = 0"),
    database,
    [Symbol.dispose]: () => database.close(),
  };
}

type Selects = Pick<Store, "size" | "nodeAt" | "entries" | "indexOf" | "value" | "positions">;

function selects(database: DatabaseSync): Selects {
  const size = database.prepare("SELECT coalesce(max(idx) + 1, 0) AS size FROM leaf");
  const node = database.prepare("SELECT hash FROM node WHERE level = ? AND idx = ?");
  const entries = database.prepare("SELECT entry FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx");
  const index = database.prepare("SELECT idx FROM leaf WHERE topic = ? AND part = ? AND off = ?");
  const value = database.prepare("SELECT bytes FROM value WHERE hash = ?");
  const positions = database.prepare("SELECT topic, part, next FROM pos ORDER BY topic, part");
  return {
    size: () => integerOf(size.get() ?? {}, "size"),
    nodeAt: (level, at) => {
      const row = node.get(level, at);
      if (row === undefined) throw new Error(`the store is damaged: subtree ${at} of level ${level} is not there`);
      return bytesOf(row, "hash");
    },
    entries: (start, end) => entries.all(start, end).map((row) => bytesOf(row, "entry")),
    indexOf: (topic, partition, offset) => {
      const row = index.get(topic, partition, offset);
      return row === undefined ? undefined : integerOf(row, "idx");
    },
    value: (hash) => {
      const row = value.get(hash);
      return row === undefined ? undefined : bytesOf(row, "bytes");
    },
    positions: () =>
      positions.all().map((row) => ({
        topic: textOf(row, "topic"),
        partition: integerOf(row, "part"),
        next: integerOf(row, "next"),
      })),
  };
}

function openWriter(database: DatabaseSync, select: Selects): Store["append"] {
  const insert = openInserts(database, select);
  const savePosition = database.prepare(
    "INSERT INTO pos (topic, part, next) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
  );
  let stoppedBy: unknown;

  function appendAll(batch: readonly Raw[], recordedAt: number): Appended {
    const next = new Map(select.positions().map((position) => [keyOf(position), position.next]));
    const first = select.size();
    const gaps: Gap[] = [];
    let [size, repeated] = [first, 0];
    const add = (leaf: Leaf): void => {
      insert(leaf, size);
      size += 1;
      next.set(keyOf(leaf.entry), nextOffset(leaf.entry));
    };
    for (const record of batch) {
      const { topic, partition, offset } = record;
      const expected = next.get(keyOf(record)) ?? 0;
      if (offset < expected) {
        requireSame(record, select);
        repeated += 1;
        continue;
      }
      if (offset > expected) {
        gaps.push({ topic, partition, offset: expected, until: offset, index: size });
        add(gapLeaf(record, expected, recordedAt));
      }
      add(recordLeaf(record, recordedAt));
    }
    for (const [key, { topic, partition }] of new Map(batch.map((record) => [keyOf(record), record])))
      savePosition.run(topic, partition, next.get(key) ?? 0);
    return { size, appended: size - first, repeated, gaps };
  }

  return (batch, recordedAt) => {
    if (stoppedBy !== undefined)
      throw new Error(
        "the log has stopped after an earlier error and takes no more records: start the service again once that error is understood",
        { cause: stoppedBy },
      );
    try {
      database.exec("BEGIN IMMEDIATE");
      const appended = appendAll(batch, recordedAt);
      database.exec("COMMIT");
      return appended;
    } catch (cause) {
      if (!isFull(cause)) stoppedBy = cause;
      if (database.isTransaction) database.exec("ROLLBACK");
      throw cause;
    }
  };
}

function openInserts(database: DatabaseSync, { nodeAt }: Selects): (leaf: Leaf, index: number) => void {
  const insertLeaf = database.prepare(
    "INSERT INTO leaf (idx, topic, part, off, entry, hash) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const insertNode = database.prepare("INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)");
  const insertValue = database.prepare("INSERT INTO value (hash, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING");
  return ({ entry, bytes, values }, index) => {
    const hash = leafHash(bytes);
    insertLeaf.run(index, entry.topic, entry.partition, entry.offset, bytes, hash);
    for (const node of nodesCompletedBy(hash, index, nodeAt)) insertNode.run(node.level, node.index, node.hash);
    for (const value of values) insertValue.run(sha256(value), value);
  };
}

/** Offsets that begin again mean a topic that was recreated or cut: skipping them would lose the new records. */
function requireSame(record: Raw, { indexOf, entries }: Selects): void {
  const { topic, partition, offset } = record;
  const index = indexOf(topic, partition, offset);
  const [bytes] = index === undefined ? [] : entries(index, index + 1);
  const recorded = bytes === undefined ? undefined : readEntry(bytes);
  if (recorded?.kind === "record" && isSameRecord(recorded, record)) return;
  throw new Error(
    `${topic}/${partition}/${offset} came again with other content than was recorded` +
      `${index === undefined ? " (as missing)" : ` (entry ${index})`}: the topic was recreated, cut or changed. ` +
      "The log stops so that nothing is lost; find out who changed the topic before starting it again.",
  );
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}
