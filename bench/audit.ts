import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Raw } from "@holdfast/bus";
import { sha256, verifyLog } from "@holdfast/log";
import { openValues, readFolder } from "@holdfast/log/files";
import { openPublisher } from "../services/audit/src/publish.ts";
import { openStore } from "../services/audit/src/store.ts";
import { SIGNER } from "../services/audit/src/testing.ts";
import { benchAlert, benchCodec } from "./records.ts";
import { folderOnDisk } from "./folder.ts";
import type { Bench } from "./report.ts";
import { rounded, spread, type Spread } from "./spread.ts";

const BATCHES = [1, 10, 100, 500];
const SIZES = { small: { msMax: 300, recordsMax: 2_000 }, full: { msMax: 5_000, recordsMax: 60_000 } } as const;

type Run = {
  readonly who: string;
  readonly batch: number;
  readonly records: number;
  readonly perSecond: number;
  readonly batchMs: Spread;
};
const codec = benchCodec();

type Bounds = { readonly msMax: number; readonly recordsMax: number };

export const bench: Bench = {
  says: "The audit log: appends per second, beside plain batched inserts, and its verification.",
  run: async (size) => {
    const runs: Run[] = [];
    const verified = [];
    for (const batch of BATCHES) {
      runs.push(plain(batch, SIZES[size]));
      using folder = folderOnDisk();
      runs.push(appending(folder.path, batch, SIZES[size], "not"));
      using published = folderOnDisk();
      runs.push(appending(published.path, batch, SIZES[size], "published"));
      if (batch === BATCHES.at(-1))
        for (const how of ["entries", "entries and values"] as const)
          verified.push(await verifying(published.path, how));
    }
    return {
      measured: [
        `Records are alerts of ${codec.write("alerts", benchAlert(1)).value.length} bytes, and their headers; one transaction a batch, WAL, synchronous=FULL everywhere.`,
        "plain: INSERT of value, headers and SHA-256, and the position. audit store: entry, Merkle nodes, value, position, append-only triggers. audit published: the same, and after each batch the tiles and a signed checkpoint, each fsynced: what a receipt waits for.",
        "verify: every entry and every tile of the published log against the signed checkpoint; with values: each value's commitment as well.",
      ],
      columns: ["who", "batch", "records", "per second", "batch p50 ms", "batch p99 ms"],
      rows: [
        ...runs.map(({ who, batch, records, perSecond, batchMs }) => [
          who,
          batch,
          records,
          Math.round(perSecond),
          batchMs.p50,
          batchMs.p99,
        ]),
        ...verified.map(({ how, entries, perSecond }) => [`verify ${how}`, "", entries, Math.round(perSecond), "", ""]),
      ],
      raw: { runs, verified },
    };
  },
};

function records(count: number, from: number): readonly Raw[] {
  return Array.from({ length: count }, (_, at) => {
    const event = benchAlert(from + at);
    const { value, headers } = codec.write("alerts", event);
    return {
      topic: "alerts",
      partition: 0,
      offset: from + at,
      time: event.startsAt,
      key: event.fingerprint,
      value,
      headers,
    };
  });
}

/** The records are made before the clock starts: what is measured is the log. */
function run(who: string, batch: number, { msMax, recordsMax }: Bounds, take: (batch: readonly Raw[]) => void): Run {
  const took: number[] = [];
  let [count, spent] = [0, 0];
  while (spent < msMax && count < recordsMax) {
    const next = records(batch, count);
    const start = performance.now();
    take(next);
    const ms = performance.now() - start;
    took.push(ms);
    spent += ms;
    count += batch;
  }
  return { who, batch, records: count, perSecond: rounded((count * 1000) / spent), batchMs: spread(took) };
}

function plain(batch: number, bounds: Bounds): Run {
  using folder = folderOnDisk();
  const database = new DatabaseSync(join(folder.path, "plain.sqlite"));
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entry(idx INTEGER PRIMARY KEY, topic TEXT, part INTEGER, off INTEGER, key TEXT, headers TEXT, value BLOB, hash BLOB, UNIQUE(topic, part, off)); CREATE TABLE pos(topic TEXT, part INTEGER, next INTEGER, PRIMARY KEY(topic, part))",
  );
  const insert = database.prepare(
    "INSERT INTO entry(topic, part, off, key, headers, value, hash) VALUES(?, ?, ?, ?, ?, ?, ?)",
  );
  const move = database.prepare("INSERT INTO pos VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET next = ?3");
  const found = run("plain", batch, bounds, (raws) => {
    database.exec("BEGIN IMMEDIATE");
    for (const { topic, partition, offset, key, headers, value } of raws)
      insert.run(topic, partition, offset, key, JSON.stringify(headers), value, sha256(value ?? Buffer.alloc(0)));
    move.run("alerts", 0, (raws.at(-1)?.offset ?? 0) + 1);
    database.exec("COMMIT");
  });
  database.close();
  return found;
}

function appending(folder: string, batch: number, bounds: Bounds, how: "published" | "not"): Run {
  using store = openStore(join(folder, "store.db"));
  const publisher = openPublisher({ folder: join(folder, "public"), store, signer: SIGNER });
  const found = run(how === "published" ? "audit published" : "audit store", batch, bounds, (raws) => {
    store.append(raws, Date.now());
    if (how === "published") publisher.publish();
  });
  return found;
}

async function verifying(
  folder: string,
  how: "entries" | "entries and values",
): Promise<{ readonly how: string; readonly entries: number; readonly perSecond: number }> {
  using values = openValues(join(folder, "store.db"));
  const start = performance.now();
  const verified = await verifyLog({
    read: readFolder(join(folder, "public")),
    vkey: SIGNER.vkey,
    ...(how === "entries" ? {} : { values: values.read }),
  });
  if (verified.outcome !== "verified") throw new Error(`the log of the bench does not verify: ${verified.because}`);
  return { how, entries: verified.size, perSecond: rounded((verified.size * 1000) / (performance.now() - start)) };
}
