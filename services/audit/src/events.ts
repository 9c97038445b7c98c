import { DatabaseSync } from "node:sqlite";
import { decode, decodedEvent, type Codec } from "@holdfast/schemas";
import { readBack, type ReadBack } from "./recorded.ts";
import { integerOf, textOf, type Row } from "./rows.ts";
import type { Store } from "./store.ts";
import { told } from "./story.ts";

/** The log as events, by topic, incident and proposal. A view: thrown away, it is read from the log again. */
export type Events = Disposable & {
  /** Takes up what the store holds and the view does not yet. */
  readonly catchUp: () => void;
  readonly page: (asked: Asked) => Page;
};

export type Asked = {
  readonly topic?: string;
  readonly incident?: string;
  readonly proposal?: string;
  /** Exclusive log index. */
  readonly after: number;
  readonly limit: number;
  /** Also later records of the same id, records that are no event, and gaps. */
  readonly duplicates: boolean;
};

export type Shown = {
  readonly index: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly recordedAt: number;
  readonly id: string | null;
  readonly incident: string | null;
  readonly proposals: readonly string[];
  readonly event: unknown;
  /** Only where there is no event. */
  readonly why?: string;
};
export type Page = { readonly events: readonly Shown[]; readonly next: number | null };

const PAGE_BYTES_MAX = 8 * 1024 * 1024;
const SHAPE = "1";

const TABLES = `
CREATE TABLE IF NOT EXISTS made (by TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS event (
  idx INTEGER PRIMARY KEY, topic TEXT NOT NULL, first INTEGER NOT NULL, id TEXT, incident TEXT, why TEXT) STRICT;
CREATE INDEX IF NOT EXISTS event_id ON event (id);
CREATE INDEX IF NOT EXISTS event_incident ON event (incident);
CREATE TABLE IF NOT EXISTS proposal (proposal TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (proposal, idx)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS proposal_event ON proposal (idx);
CREATE TABLE IF NOT EXISTS alert (id TEXT NOT NULL, incident TEXT NOT NULL, PRIMARY KEY (id, incident)) STRICT, WITHOUT ROWID;`;
const NAMES = ["made", "event", "proposal", "alert"];

export type EventsParts = {
  readonly path: string;
  readonly store: Store;
  readonly codec: Codec;
  /** Says which keys the codec trusts. */ readonly keys: string;
};

export function openEvents({ path, store, codec, keys }: EventsParts): Events {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  begin(database, `${SHAPE} ${keys}`, store.size());
  const add = openAdd(database, codec);
  const size = database.prepare("SELECT coalesce(max(idx) + 1, 0) AS size FROM event");
  return {
    catchUp: () => {
      database.exec("BEGIN");
      for (let index = integerOf(size.get() ?? {}, "size"); index < store.size(); index += 1)
        add(readBack(store, index), index);
      database.exec("COMMIT");
    },
    page: (asked) => pageOf(database, store, asked),
    [Symbol.dispose]: () => database.close(),
  };
}

/** What other keys made, or another version, or a log that is gone, is read again from the beginning: what verified then may not now. */
function begin(database: DatabaseSync, by: string, size: number): void {
  database.exec(TABLES);
  const made = database.prepare("SELECT by FROM made").get()?.["by"];
  const known = integerOf(database.prepare("SELECT coalesce(max(idx) + 1, 0) AS size FROM event").get() ?? {}, "size");
  if (made === by && known <= size) return;
  database.exec(`BEGIN; ${NAMES.map((name) => `DROP TABLE ${name};`).join(" ")} ${TABLES} COMMIT;`);
  database.prepare("INSERT INTO made VALUES (?)").run(by);
}

function openAdd(database: DatabaseSync, codec: Codec): (read: ReadBack, index: number) => void {
  const insert = database.prepare("INSERT INTO event (idx, topic, first, id, incident, why) VALUES (?, ?, ?, ?, ?, ?)");
  const seen = database.prepare("SELECT 1 FROM event WHERE id = ? AND topic = ? LIMIT 1");
  const insertProposal = database.prepare("INSERT INTO proposal VALUES (?, ?) ON CONFLICT DO NOTHING");
  const insertAlert = database.prepare("INSERT INTO alert VALUES (?, ?) ON CONFLICT DO NOTHING");
  return ({ entry, record }, index) => {
    if (record === undefined) {
      const why =
        entry.kind === "gap"
          ? `the offsets from ${entry.offset} to ${(entry.gapUntil ?? 0) - 1} are missing`
          : "this version does not know the topic";
      insert.run(index, entry.topic, 0, null, null, why);
      return;
    }
    const event = told(record, codec);
    if (event.outcome === "no event") {
      insert.run(index, entry.topic, 0, null, null, event.why);
      return;
    }
    insert.run(
      index,
      entry.topic,
      seen.get(event.id, entry.topic) === undefined ? 1 : 0,
      event.id,
      event.incident,
      null,
    );
    for (const proposal of event.proposals) insertProposal.run(proposal, index);
    if (event.alert !== null && event.incident !== null) insertAlert.run(event.alert, event.incident);
  };
}

function pageOf(database: DatabaseSync, store: Store, asked: Asked): Page {
  const { where, values } = filter(asked);
  const rows = database
    .prepare(`SELECT idx, topic, id, incident, why FROM event WHERE idx > ? ${where} ORDER BY idx LIMIT ?`)
    .all(asked.after, ...values, asked.limit + 1);
  const events: Shown[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, asked.limit)) {
    const read = readBack(store, integerOf(row, "idx"));
    bytes += read.bytes;
    if (bytes > PAGE_BYTES_MAX && events.length > 0) break;
    events.push(shown(database, row, read));
  }
  return { events, next: events.length < rows.length ? (events.at(-1)?.index ?? null) : null };
}

function filter({ topic, incident, proposal, duplicates }: Asked): {
  readonly where: string;
  readonly values: readonly string[];
} {
  const clauses: string[] = [];
  const values: string[] = [];
  if (!duplicates) clauses.push("AND first = 1");
  if (topic !== undefined) {
    clauses.push("AND topic = ?");
    values.push(topic);
  }
  if (incident !== undefined) {
    clauses.push("AND (incident = ? OR id IN (SELECT id FROM alert WHERE incident = ?))");
    values.push(incident, incident);
  }
  if (proposal !== undefined) {
    clauses.push("AND idx IN (SELECT idx FROM proposal WHERE proposal = ?)");
    values.push(proposal);
  }
  return { where: clauses.join(" "), values };
}

function shown(database: DatabaseSync, row: Row, { entry, record }: ReadBack): Shown {
  const index = integerOf(row, "idx");
  const place = {
    index,
    topic: entry.topic,
    partition: entry.partition,
    offset: entry.offset,
    recordedAt: entry.recordedAt,
  };
  const value = record?.value ?? null;
  if (row["id"] === null || record === undefined || value === null)
    return { ...place, id: null, incident: null, proposals: [], event: null, why: textOf(row, "why") };
  const id = textOf(row, "id");
  const proposals = database.prepare("SELECT proposal FROM proposal WHERE idx = ? ORDER BY proposal").all(index);
  return {
    ...place,
    id,
    incident: row["incident"] === null ? incidentOfAlert(database, id) : textOf(row, "incident"),
    proposals: proposals.map((proposal) => textOf(proposal, "proposal")),
    event: decodedEvent(record.topic, decode(record.topic, value)),
  };
}

function incidentOfAlert(database: DatabaseSync, alert: string): string | null {
  const row = database.prepare("SELECT incident FROM alert WHERE id = ? LIMIT 1").get(alert);
  return row === undefined ? null : textOf(row, "incident");
}
