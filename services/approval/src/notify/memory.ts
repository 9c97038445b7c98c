import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Told } from "./to-tell.ts";

/** What was told to whom, over crashes. Instances of approval that share a data folder share it. */
export type Memory = Disposable & {
  readonly told: (target: string) => Told;
  /** @throws where it cannot be kept over a crash; this process remembers it even so. */
  readonly remember: (target: string, id: string, at: number) => void;
  /** When this target was first configured: `now` at the first call, and for ever after. */
  readonly since: (target: string, now: number) => number;
};

const TABLES = `
CREATE TABLE IF NOT EXISTS told (target TEXT, id TEXT, at INTEGER NOT NULL, PRIMARY KEY (target, id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS configured (target TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`;
/** Longer than anything is news. */
const KEPT_MS = 7 * 24 * 3_600_000;
const BUSY_MS_MAX = 1_000;

/** FULL: a loss of power must not make what was told untold. */
export function openMemory(path: string, now: number): Memory {
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  database.exec(TABLES);
  database.prepare("DELETE FROM told WHERE at < ?").run(now - KEPT_MS);
  const [find, keep] = [
    database.prepare("SELECT at FROM told WHERE target = ? AND id = ?"),
    database.prepare("INSERT INTO told VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
  ];
  const configure = database.prepare("INSERT INTO configured VALUES (?, ?) ON CONFLICT DO NOTHING");
  const configured = database.prepare("SELECT at FROM configured WHERE target = ?");
  const here = new Map<string, number>();
  return {
    told: (target) => (id) => {
      const known = here.get(`${target}/${id}`) ?? numberIn(find.get(target, id));
      if (known !== undefined) here.set(`${target}/${id}`, known);
      return known;
    },
    remember: (target, id, at) => {
      here.set(`${target}/${id}`, at);
      keep.run(target, id, at);
    },
    since: (target, at) => {
      configure.run(target, at);
      return numberIn(configured.get(target)) ?? at;
    },
    [Symbol.dispose]: () => database.close(),
  };
}

function numberIn(row: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const at = row?.["at"];
  return typeof at === "number" ? at : undefined;
}
