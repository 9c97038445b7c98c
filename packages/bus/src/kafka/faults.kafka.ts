import { setTimeout as sleep } from "node:timers/promises";
import { PARTITIONS } from "@holdfast/schemas";
import type { Admin } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keep, machineFacts, table } from "../../../../bench/report.ts";
import { startCluster, type KafkaCluster } from "../../../../tests/kafka/cluster.ts";
import { openProxy, PRODUCE, type Fate, type Proxy } from "../../../../tests/kafka/proxy.ts";
import { randomOf, shuffled } from "../../../../tests/chance.ts";
import { openLoad, type Load, type Mark, type Met } from "../contract/load.ts";
import { openWorld, until, type World } from "../contract/world.ts";
import { partitionOf } from "../partition.ts";
import type { Bus } from "../port.ts";
import { openClient } from "./client.ts";
import { kafkaAt, placeOf } from "./contract-adapter.ts";

/**
 * Three brokers, publishers of every key, a group and a follower, and what happens to brokers and networks, one after the
 * other and in an order that the seed decides. `KEEP=1` writes the figures to bench/results.
 *
 *     npm run test:kafka -- packages/bus/src/kafka/faults.kafka.ts
 *     ROUNDS=5 SEED=12345 npm run test:kafka -- packages/bus/src/kafka/faults.kafka.ts
 */

const ROUNDS = Number(process.env["ROUNDS"] ?? 1);
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
/** As in operation. */
const SESSION_MS = 10_000;
const RECOVERY_MS_MAX = 120_000;
const FAULT_MS_MAX = 400_000;
const LOOK_MS = 500;
const KEYS = twoPerPartition();
const random = randomOf(SEED);

let cluster: KafkaCluster;
let proxy: Proxy;
let world: World;
let admin: Admin;
let load: Load;
let [publisher, reader]: readonly (Bus | undefined)[] = [];
let fateOf: (api: number) => Fate = () => "pass";
let beginning: Mark;
type Told = { readonly fault: string; readonly struckMs: number; readonly met: Met; readonly said: readonly string[] };
const told: Told[] = [];

type FaultRow = {
  readonly name: string;
  readonly strike: () => Promise<void>;
  /** What readiness must have said meanwhile; where it is left out, nothing need be felt. */
  readonly says?: RegExp;
};

const FAULTS: readonly FaultRow[] = [
  {
    name: "a leader is killed",
    strike: async () => {
      await cluster.kill(await someLeader());
      await sleep(15_000);
      await cluster.mend();
    },
    says: /a broker that leads partitions/,
  },
  {
    name: "a leader hangs",
    strike: async () => {
      const node = await someLeader();
      await cluster.pause(node);
      await sleep(10_000 + random() * 20_000);
      await cluster.resume(node);
    },
    says: /a broker that leads partitions|no broker answered/,
  },
  {
    name: "connections are cut",
    strike: async () => {
      const cut = (): Fate => (random() < 0.5 ? "cut-before" : "cut-after");
      await during(15_000, () => (random() < 0.1 ? cut() : "pass"));
      await during(6000, cut);
    },
    says: /Nothing can be written to Kafka/,
  },
  {
    name: "answers are late",
    strike: () => during(20_000, () => (random() < 0.1 ? { lateMs: 100 + random() * 7000 } : "pass")),
  },
  {
    name: "answers to writes are lost",
    strike: () => during(20_000, (api) => (api === PRODUCE && random() < 0.2 ? "lose-answer" : "pass")),
  },
  {
    name: "answers are cut in half",
    strike: () => during(15_000, () => (random() < 0.1 ? "halve-answer" : "pass")),
  },
  {
    name: "a member comes and goes during work of half a minute",
    strike: async () => {
      await load.stall(oneOfEachPartition(), 30_000);
      for (const stays of [10_000, 5000]) {
        const bus = await world.open();
        const second = await load.join(bus);
        await until(() => second.active(), RECOVERY_MS_MAX);
        await sleep(stays);
        await second[Symbol.asyncDispose]();
        await sleep(2000);
      }
    },
  },
  {
    name: "every broker is restarted in turn",
    strike: async () => {
      for (const node of [1, 2, 3]) {
        await cluster.restart(node);
        await until(isWhole, RECOVERY_MS_MAX);
      }
    },
  },
  {
    name: "two brokers of three are killed",
    strike: async () => {
      const [first, second] = shuffled([1, 2, 3], random);
      await Promise.all([cluster.kill(first ?? 1), cluster.kill(second ?? 2)]);
      await sleep(20_000);
      await cluster.mend();
    },
    says: /Nothing can be written to Kafka/,
  },
];

beforeAll(async () => {
  cluster = await startCluster();
  const ports = cluster.brokers.map((broker) => Number(broker.split(":")[1]));
  proxy = await openProxy(ports, (api) => fateOf(api));
  world = await openWorld(kafkaAt(cluster.brokers.join(","), proxy.socketFactory, SESSION_MS));
  admin = openClient({ brokers: cluster.brokers, clientId: "faults" }).admin(); // past the proxy
  await admin.connect();
  const open = (): Promise<Bus> => world.open();
  const publishers = [await open(), await open(), await open()];
  [publisher, reader] = [publishers[0], await open()];
  load = await openLoad({ publishers, member: await open(), follower: await open() }, KEYS);
  beginning = load.mark();
  await until(load.caughtUp(), RECOVERY_MS_MAX);
}, FAULT_MS_MAX);

afterAll(async () => {
  report();
  await load[Symbol.asyncDispose]();
  await admin.disconnect();
  await world[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
}, FAULT_MS_MAX);

for (let round = 0; round < ROUNDS; round += 1)
  for (const { name, strike, says } of shuffled(FAULTS, random))
    test(
      `${name}: nothing acknowledged is lost, order holds, and all goes on by itself (round ${round}, SEED=${SEED})`,
      { timeout: FAULT_MS_MAX },
      async () => {
        const before = load.mark();
        await using readiness = watchReadiness();
        const struckAt = Date.now();
        await strike();
        const struckMs = Date.now() - struckAt;
        await sleep(1000);
        await until(isWritable, RECOVERY_MS_MAX);
        await until(load.caughtUp(), RECOVERY_MS_MAX);
        const met = await load.met(before, bus(reader));
        told.push({ fault: name, struckMs, met, said: readiness.said() });
        console.info(JSON.stringify(told.at(-1)));
        expect(load.wrongs()).toEqual([]);
        expect(met.lost).toBe(0);
        expect(met.acknowledged).toBeGreaterThan(0);
        if (says !== undefined) expect(readiness.said().join("\n")).toMatch(says);
        await until(isWhole, RECOVERY_MS_MAX);
      },
    );

test(
  "who begins to follow while no broker answers has everything once one does",
  { timeout: FAULT_MS_MAX },
  async () => {
    const follower = bus(reader);
    fateOf = () => "cut-before";
    await using following = follower.follow(["alerts"], [], async () => undefined);
    await sleep(40_000); // longer than one question about a topic is asked
    fateOf = () => "pass";
    await following.caughtUp;
  },
);

test("after all of it, the topic read from its beginning holds everything that was acknowledged", async () => {
  const { acknowledged, lost } = await load.met(beginning, bus(reader));
  console.info(`${acknowledged} acknowledged, ${lost} lost`);
  expect(lost).toBe(0);
  expect(load.wrongs()).toEqual([]);
});

function bus(opened: Bus | undefined): Bus {
  if (opened === undefined) throw new Error("nothing is open yet");
  return opened;
}

function twoPerPartition(): readonly string[] {
  const keys = Array.from({ length: 200 }, (_, index) => index.toString(16).padStart(16, "0"));
  return [...Map.groupBy(keys, (key) => partitionOf(key, PARTITIONS)).values()].flatMap((its) => its.slice(0, 2));
}

function oneOfEachPartition(): readonly string[] {
  return [...Map.groupBy(KEYS, (key) => partitionOf(key, PARTITIONS)).values()].flatMap((its) => its.slice(0, 1));
}

async function partitions(): Promise<readonly { readonly leader: number; readonly isr: readonly number[] }[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [`${placeOf(world.place).prefix}alerts`] });
  return topics.flatMap((topic) => topic.partitions);
}

async function someLeader(): Promise<number> {
  const all = await partitions();
  const { leader } = all[Math.floor(random() * all.length)] ?? {};
  if (leader === undefined || leader < 1) throw new Error("there is no leader to strike");
  return leader;
}

/** Every replica of every partition is in sync. */
async function isWhole(): Promise<boolean> {
  return await partitions().then(
    (all) => all.every(({ leader, isr }) => leader > 0 && isr.length === cluster.brokers.length),
    () => false,
  );
}

async function isWritable(): Promise<boolean> {
  return await bus(publisher)
    .writable()
    .then(
      () => true,
      () => false,
    );
}

async function during(ms: number, fate: (api: number) => Fate): Promise<void> {
  fateOf = fate;
  await sleep(ms);
  fateOf = () => "pass";
}

type Readiness = AsyncDisposable & { readonly said: () => readonly string[] };

function watchReadiness(): Readiness {
  const said = new Set<string>();
  let isOver = false;
  const watch = async (): Promise<void> => {
    for (; !isOver; await sleep(LOOK_MS))
      await bus(publisher)
        .writable()
        .catch((cause: Error) => said.add(cause.message));
  };
  const watching = watch();
  return {
    said: () => [...said],
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await watching;
    },
  };
}

const COLUMNS = [
  "fault",
  "times",
  "lasted (s)",
  "acknowledged",
  "lost",
  "written twice",
  "handled twice",
  "longest without an acknowledgement (s)",
  "longest without a delivery (s)",
];

function report(): void {
  const rows = [...Map.groupBy(told, ({ fault }) => fault)].map(([fault, its]) => {
    const sum = (of: (met: Met) => number): number => its.reduce((total, { met }) => total + of(met), 0);
    const longest = (of: (met: Met, struckMs: number) => number): number =>
      Math.round(Math.max(...its.map(({ met, struckMs }) => of(met, struckMs))) / 100) / 10;
    return [
      fault,
      its.length,
      longest((_, struckMs) => struckMs),
      sum(({ acknowledged }) => acknowledged),
      sum(({ lost }) => lost),
      sum(({ writtenTwice }) => writtenTwice),
      sum(({ handledTwice }) => handledTwice),
      longest(({ publishingGapMs }) => publishingGapMs),
      longest(({ consumingGapMs }) => consumingGapMs),
    ];
  });
  console.info(table({ columns: COLUMNS, rows }));
  if (process.env["KEEP"] === undefined) return;
  const measured = [
    `Three brokers on this machine, replication 3, min.insync.replicas 2; ${KEYS.length} keys over ${PARTITIONS} partitions; ROUNDS=${ROUNDS} SEED=${SEED}. Each gap is the longest of one partition, from before the fault until everything went on.`,
  ];
  keep("kafka-faults", machineFacts(), { measured, columns: COLUMNS, rows, raw: told });
}
