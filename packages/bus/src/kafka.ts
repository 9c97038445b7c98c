import type { Kafka } from "kafkajs";
import { PARTITIONS, type Topic } from "@holdfast/schemas";
import { openBus, type BusOptions } from "./bus.ts";
import { openAppending } from "./kafka/appending.ts";
import { openClient, type Connection } from "./kafka/client.ts";
import { openHealth } from "./kafka/health.ts";
import { openMarksFile } from "./marks-file.ts";
import { openMember } from "./kafka/member.ts";
import { namesWith, type Names } from "./kafka/names.ts";
import { openOffsets, type Offsets } from "./kafka/offsets.ts";
import { whyOf } from "./kafka/refusals.ts";
import { openTail } from "./kafka/tail.ts";
import { checkTopology } from "./kafka/topology/check.ts";
import { refusalOf } from "./kafka/topology/refusal.ts";
import type { Log } from "./log.ts";
import type { Bus, Next, Note, Raw } from "./port.ts";
import type { Role } from "./role.ts";

export type { Connection } from "./kafka/client.ts";

export type KafkaOptions = BusOptions & {
  readonly connection: Omit<Connection, "note" | "clientId">;
  /** Before the name of every topic and group. */
  readonly prefix: string;
  /** Which records this machine's processes are working on: see `work-marks.ts`. */
  readonly marksFile: string;
  /** The topics that this service writes: what `writable` looks at. */
  readonly writes: readonly Topic[];
  /** What this service may do, tried at the start, and the names of the other services; nothing is tried without it. */
  readonly role?: { readonly mine: Role; readonly others: readonly string[] };
  /** How long a member may be silent before its work is somebody else's. */
  readonly sessionMs?: number;
  /** Told once, when no retry mends it: the process must end. */
  readonly fatal: (cause: Error) => void;
};

const SESSION_MS = 10_000;

/** A bus on Kafka. The topics must be there. @throws with a sentence when no broker answers. */
export async function openKafka(options: KafkaOptions): Promise<Bus> {
  const note: Note = (level, fields, sentence) =>
    options.log?.(level, { service: options.service, ...fields }, sentence);
  return openBus(await openLog(options, note), options);
}

async function openLog(options: KafkaOptions, note: Note): Promise<Log> {
  const { connection, prefix, service, writes } = options;
  const client = openClient({ ...connection, clientId: `${prefix}${service}`, note });
  const names = namesWith(prefix);
  const admin = client.admin();
  await admin.connect().catch((cause: unknown) => {
    throw new Error(unreachable(service, connection.brokers, cause), { cause });
  });
  if (options.role !== undefined) await requireRights(client, names, options.role, connection.user !== undefined, note);
  const marks = openMarksFile(options.marksFile);
  const offsets = openOffsets(client, names, PARTITIONS);
  const appending = openAppending({ client, names, note, who: service }, PARTITIONS);
  const now = options.now ?? Date.now;
  let lastTime = 0;
  const seen = (batch: readonly Raw[]): void => {
    for (const { time } of batch) lastTime = Math.max(lastTime, time);
  };
  const parts = {
    client,
    names,
    admin,
    offsets,
    note,
    seen,
    marks,
    fatal: options.fatal,
    who: service,
    partitions: PARTITIONS,
    sessionMs: options.sessionMs ?? SESSION_MS,
  };
  return {
    append: async (record) => {
      const position = await appending.append(record);
      lastTime = Math.max(lastTime, position.time);
      return position;
    },
    ends: offsets.ends,
    tail: (topics, from, onBatch) => openTail(parts, topics, from, onBatch),
    join: (group, member) => openMember(parts, group, member),
    writable: openHealth(admin, names, writes, connection.brokers, offsets.ends),
    now: async () => Math.max(now(), lastTime),
    gauges: async () => ({
      deadLetters: await standing(offsets),
      storeBytes: 0,
      walBytes: 0,
    }),
    [Symbol.asyncDispose]: async () => {
      await appending.close();
      await Promise.allSettled([offsets.close(), admin.disconnect()]);
      marks.close();
    },
  };
}

/** Where nobody has a user, everybody may do everything, and need not be told. */
async function requireRights(
  client: Kafka,
  names: Names,
  { mine, others }: NonNullable<KafkaOptions["role"]>,
  isNamed: boolean,
  note: Note,
): Promise<void> {
  const { lacks, exceeds } = await checkTopology(client, names, mine, others);
  if (lacks !== undefined) throw new Error(lacks);
  if (exceeds !== undefined && isNamed) note("warn", {}, exceeds);
}

/** How many records stand on `dead-letters`. */
async function standing({ firsts, ends }: Offsets): Promise<number> {
  const sum = (nexts: readonly Next[]): number => nexts.reduce((total, { offset }) => total + offset, 0);
  return sum(await ends(["dead-letters"])) - sum(await firsts(["dead-letters"]));
}

function unreachable(who: string, brokers: readonly string[], cause: unknown): string {
  const at = brokers.join(", ");
  return (
    refusalOf(cause, { who, doing: "read", on: at }) ??
    `No broker of Kafka answers at ${at} (${whyOf(cause)}). Start it, or look at HOLDFAST_BUS and at whether the brokers want TLS and a user.`
  );
}
