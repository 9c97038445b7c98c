import { PARTITIONS } from "@holdfast/schemas";
import { startBroker } from "./broker.ts";
import { delivery } from "./bus-delivery.ts";
import { folderOnDisk } from "./folder.ts";
import { newFile, newTopics, openAt, type KafkaPlace, type Place } from "./places.ts";
import { keyed, openPlain } from "./plain-kafkajs.ts";
import { benchAlert, benchCodec } from "./records.ts";
import type { Bench } from "./report.ts";
import { median, rounded, spread, type Spread } from "./spread.ts";

const SIZES = {
  small: { rounds: 1, records: 100, ms: 500, rates: [50] },
  full: { rounds: 3, records: 300, ms: 1_000, rates: [100] },
} as const;
const AT_ONCE = [1, 16, 64, 512];
const POOL = 4_000;
const WARM_UP = 2_000;

const EMBEDDED = "embedded";
const KAFKA = "kafka";
const SIX = "kafkajs, a producer a partition";
const ONE = "kafkajs, one producer";

type Published = {
  readonly who: string;
  readonly atOnce: number;
  readonly perSecond: number;
  readonly ms: Spread;
  /** Of this process, for one record. */
  readonly cpuUs: number;
};
type Delivered = { readonly who: string; readonly rate: number; readonly ms: Spread };
type Publisher = AsyncDisposable & { readonly who: string; readonly publish: (index: number) => Promise<unknown> };

export const bench: Bench = {
  says: "The bus: durable publishes per second and delivery from one process to another, embedded, on Kafka, and kafkajs alone.",
  run: async (size) => {
    using folder = folderOnDisk();
    await using broker = await startBroker();
    const published = await publishing(size, broker.address, folder.path);
    const delivered = await delivering(size, broker.address, folder.path);
    const { rounds, ms } = SIZES[size];
    return {
      measured: [
        `Records of ${benchCodec().write("alerts", benchAlert(1)).value.length} bytes and their headers; ${PARTITIONS} partitions. Embedded: one SQLite file, WAL, synchronous=FULL. Kafka: one broker of its own on the same machine and disk, acks=all, which acknowledges before its disk has the record.`,
        `Publishes: closed loop, so many waiting at once in one process; each resolves when its record is acknowledged; medians of ${rounds} rounds of ${ms / 1000} s, everybody in turns. CPU: user and system time of the publishing process for one record, the least of the rounds, which other work on the machine disturbs least.`,
        "kafkajs alone: the same two mends, settings, partitions, keys, headers and limits of a batch (200 records), idempotent, one send in flight a producer; its records are encoded beforehand and its answers are not checked. With a producer a partition, as the adapter; with one producer, one send is in flight in all.",
        "Delivery: from the call of publish in one process to the handler of a subscription in another, clocks of one machine; rounds in turns, medians.",
      ],
      columns: ["what", "who", "rate or at once", "per second", "of kafkajs", "CPU µs", "p50 ms", "p99 ms", "max ms"],
      rows: [...publishRows(published), ...deliveryRows(delivered)],
      raw: { published, delivered },
    };
  },
};

async function publishing(size: "small" | "full", broker: string, folder: string): Promise<readonly Published[]> {
  const { rounds, ms } = SIZES[size];
  const topics = await newTopics(broker, folder);
  await using stack = new AsyncDisposableStack();
  const publishers: readonly Publisher[] = [
    stack.use(await busPublisher(EMBEDDED, newFile(folder, "publish"))),
    stack.use(await busPublisher(KAFKA, topics)),
    stack.use(await plainPublisher(SIX, topics, PARTITIONS)),
    stack.use(await plainPublisher(ONE, topics, 1)),
  ];
  for (const publisher of publishers) await closedLoop(publisher, 64, Infinity, WARM_UP);
  const runs: Published[] = [];
  for (const atOnce of AT_ONCE)
    for (let round = 0; round < rounds; round += 1)
      for (const publisher of publishers)
        runs.push({ who: publisher.who, atOnce, ...(await closedLoop(publisher, atOnce, ms, Infinity)) });
  return runs;
}

async function busPublisher(who: string, place: Place): Promise<Publisher> {
  const bus = await openAt(place);
  const events = Array.from({ length: POOL }, (_, index) => benchAlert(index));
  return {
    who,
    publish: (index) => {
      const event = events[index % POOL] ?? benchAlert(index);
      return bus.publish("alerts", event.fingerprint, event);
    },
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

async function plainPublisher(who: string, place: KafkaPlace, producers: number): Promise<Publisher> {
  const plain = await openPlain(place, producers);
  const messages = Array.from({ length: POOL }, (_, index) => keyed(index));
  return {
    who,
    publish: (index) => plain.send(messages[index % POOL] ?? keyed(index)),
    [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose](),
  };
}

async function closedLoop(
  { publish }: Publisher,
  atOnce: number,
  msMax: number,
  recordsMax: number,
): Promise<Pick<Published, "perSecond" | "ms" | "cpuUs">> {
  const took: number[] = [];
  let index = 0;
  const start = performance.now();
  const cpu = process.cpuUsage();
  const work = async (): Promise<void> => {
    while (performance.now() - start < msMax && index < recordsMax) {
      index += 1;
      const asked = performance.now();
      await publish(index);
      took.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: rounded((took.length * 1000) / (performance.now() - start)),
    ms: spread(took),
    cpuUs: rounded((user + system) / took.length),
  };
}

async function delivering(size: "small" | "full", broker: string, folder: string): Promise<readonly Delivered[]> {
  const { rounds, records, rates } = SIZES[size];
  const runs: Delivered[] = [];
  for (const perSecond of rates)
    for (let round = 0; round < rounds; round += 1) {
      const places: readonly (readonly [string, Place, boolean])[] = [
        [EMBEDDED, newFile(folder, `delivery-${perSecond}-${round}`), false],
        [KAFKA, await newTopics(broker, folder), false],
        [SIX, await newTopics(broker, folder), true],
      ];
      for (const [who, place, isPlain] of places)
        runs.push({ who, rate: perSecond, ms: await delivery({ place, isPlain, perSecond, records }) });
    }
  return runs;
}

function publishRows(runs: readonly Published[]): readonly (readonly (string | number)[])[] {
  const rateOf = (of: string, atOnce: number): number =>
    median(runs.filter((run) => run.who === of && run.atOnce === atOnce).map(({ perSecond }) => perSecond));
  return AT_ONCE.flatMap((atOnce) =>
    [EMBEDDED, KAFKA, SIX, ONE].map((who) => {
      const own = runs.filter((run) => run.who === who && run.atOnce === atOnce).map(({ ms }) => ms);
      const share = who === KAFKA ? `${Math.round((100 * rateOf(KAFKA, atOnce)) / rateOf(SIX, atOnce))}%` : "";
      const cpu = Math.min(...runs.flatMap((run) => (run.who === who && run.atOnce === atOnce ? [run.cpuUs] : [])));
      return ["publish", who, atOnce, Math.round(rateOf(who, atOnce)), share, cpu, ...middles(own)];
    }),
  );
}

function deliveryRows(runs: readonly Delivered[]): readonly (readonly (string | number)[])[] {
  const kinds = new Map(runs.map(({ who, rate }) => [`${who}${rate}`, { who, rate }]));
  return [...kinds.values()].map(({ who, rate }) => {
    const own = runs.filter((run) => run.who === who && run.rate === rate).map(({ ms }) => ms);
    return ["delivery", who, `${rate}/s`, rate, "", "", ...middles(own)];
  });
}

function middles(own: readonly Spread[]): readonly number[] {
  return [own.map(({ p50 }) => p50), own.map(({ p99 }) => p99), own.map(({ max }) => max)].map(median);
}
