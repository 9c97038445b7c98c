import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { logVkey, verifyLog, type Verified } from "@holdfast/log";
import { logFiles, openValues, readFolder } from "@holdfast/log/files";
import { publicKeys, TOPICS } from "@holdfast/schemas";
import { isKafka, operatorBus, publicKey } from "@holdfast/wiring";
import { read, until, type Running } from "./running.ts";

/** What the bus holds, what audit says of it, and whether the log proves it. */

export type BusRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** ms since the epoch. */
  readonly time: number;
  readonly value: Buffer;
};

export type Recorded = {
  readonly index: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly id: string | null;
  readonly incident: string | null;
  readonly proposals: readonly string[];
  readonly event: Record<string, unknown>;
};

/** The file of the embedded bus itself, past every service. */
export function onTheBus({ data }: Running): readonly BusRecord[] {
  using database = new DatabaseSync(join(data, "bus.sqlite"), { readOnly: true });
  return database
    .prepare("SELECT * FROM record ORDER BY topic, partition, offset")
    .all()
    .map((row) => ({
      topic: String(row["topic"]),
      partition: Number(row["partition"]),
      offset: Number(row["offset"]),
      time: Number(row["time"]),
      value: Buffer.from(row["value"] as Uint8Array),
    }));
}

/** Every record of the bus, past every service: of the embedded bus's file, or of the brokers. */
export async function heldBy(running: Running): Promise<readonly BusRecord[]> {
  const { settings } = running.holdfast();
  if (!isKafka(settings)) return onTheBus(running);
  const held: BusRecord[] = [];
  await using bus = await operatorBus(settings);
  await using following = bus.follow(TOPICS, [], async (batch) => {
    held.push(...batch.map((raw) => ({ ...raw, value: raw.value ?? Buffer.alloc(0) })));
  });
  await following.caughtUp;
  return held;
}

/** Every event of the log, page by page. */
export async function events(running: Running, query = ""): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for (let after: number | null = -1; after !== null;) {
    const where: string = after < 0 ? "" : `&after=${after}`;
    const page: { events: Recorded[]; next: number | null } = await read(
      running,
      "audit",
      `/v1/events?limit=200${where}${query}`,
    );
    all.push(...page.events);
    after = page.next;
  }
  return all;
}

/** Waits until the log holds all that the bus does, and then until it proves it, values included. */
export async function proven(running: Running): Promise<Verified> {
  const count = (await heldBy(running)).length;
  return until(`a log of ${count} records that verifies`, async () => {
    const verdict = await verify(running);
    if (verdict.outcome !== "verified") throw new Error(JSON.stringify(verdict));
    return verdict.records >= count ? verdict : undefined;
  });
}

async function verify({ data, holdfast }: Running): ReturnType<typeof verifyLog> {
  const files = logFiles(data);
  const [key] = publicKeys("audit", publicKey(holdfast().settings.HOLDFAST_PUBLIC_KEYS, "audit") ?? "");
  if (key === undefined) throw new Error("audit has no public key");
  using values = openValues(files.store);
  return await verifyLog({ read: readFolder(files.published), vkey: logVkey(key), values: values.read });
}
