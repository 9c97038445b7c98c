import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEmbedded } from "@holdfast/bus/embedded";
import type { Bus } from "@holdfast/bus";
import { openCodec, trustedKeys, type Codec } from "@holdfast/schemas";
import { alert } from "../packages/bus/src/contract/events.ts";
import { startChild } from "./child.ts";
import { folderOnDisk } from "./folder.ts";
import type { Bench } from "./report.ts";
import { rounded, spread, type Spread } from "./spread.ts";

export type PublishTask = { readonly file: string; readonly perSecond: number; readonly records: number };

const SIZES = {
  small: { records: 100, ms: 500, rates: [50] },
  full: { records: 2_000, ms: 4_000, rates: [10, 100, 1_000] },
} as const;
const RECORDS_MAX_AT_LOW_RATE = 300;
const AT_ONCE = [1, 16, 64, 512];
const WAIT_MS_MAX = 30_000;

/** Alerts are not signed, so no key is needed. */
export function benchCodec(): Codec {
  return openCodec({ service: "bench", trusted: trustedKeys(() => undefined), signing: {} });
}

export function benchAlert(index: number): ReturnType<typeof alert> {
  const labels = {
    alertname: "KubePodCrashLooping",
    container: "api",
    job: "kube-state-metrics",
    namespace: "payments",
    pod: `api-${index}`,
    severity: "warning",
  };
  const text = "Pod payments/api is crash looping: back-off 5m0s restarting failed container=api ".repeat(4);
  return {
    ...alert(index.toString(16).padStart(16, "0"), 1_790_000_000_000 + index),
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    annotations: [{ name: "description", value: text }],
  };
}

export const bench: Bench = {
  says: "The embedded bus: delivery from one process to another, and durable publishes per second.",
  run: async (size) => {
    const { records, ms, rates } = SIZES[size];
    const deliveries = [];
    for (const perSecond of rates)
      deliveries.push({
        perSecond,
        ...(await delivery(perSecond, perSecond < 100 ? Math.min(records, RECORDS_MAX_AT_LOW_RATE) : records)),
      });
    const publishes = [];
    for (const atOnce of AT_ONCE) publishes.push({ atOnce, ...(await publishing(atOnce, ms)) });
    return {
      measured: [
        `Delivery is from the call of publish in one process to the handler of a subscription in another (WAL, synchronous=FULL, one record a publish of ${benchCodec().write("alerts", benchAlert(1)).value.length} bytes), both clocks of the same machine; it contains the commit.`,
        "Publishes: one process keeps so many waiting at once; each resolves when its record is durable.",
      ],
      columns: ["what", "rate or at once", "count", "per second", "p50 ms", "p99 ms", "max ms"],
      rows: [
        ...deliveries.map(({ perSecond, ms: { count, p50, p99, max } }) => [
          "delivery",
          `${perSecond}/s`,
          count,
          perSecond,
          p50,
          p99,
          max,
        ]),
        ...publishes.map(({ atOnce, perSecond, ms: { count, p50, p99, max } }) => [
          "publish",
          atOnce,
          count,
          Math.round(perSecond),
          p50,
          p99,
          max,
        ]),
      ],
      raw: { deliveries, publishes },
    };
  },
};

async function delivery(perSecond: number, records: number): Promise<{ readonly ms: Spread }> {
  using folder = folderOnDisk();
  const file = join(folder.path, "bus.sqlite");
  await using bus = await openEmbedded({ file, codec: benchCodec(), service: "bench" });
  const sentAt = new Map<string, number>();
  const heardAt = new Map<string, number>();
  await bus.subscribe(
    ["alerts"],
    "bench",
    async ({ event }) => void heardAt.set(event.id, performance.timeOrigin + performance.now()),
    { concurrency: 64, exclusive: true, parked: "go-on" },
  );
  await using publisher = await startChild("bus-publisher.ts", { file, perSecond, records } satisfies PublishTask);
  publisher.process.on("message", (said) => {
    for (const [id, at] of said as readonly (readonly [string, number])[]) sentAt.set(id, at); // our own file said it
  });
  const until = performance.now() + WAIT_MS_MAX + (records * 1000) / perSecond;
  while ((sentAt.size < records || heardAt.size < records) && performance.now() < until) await sleep(50);
  if (heardAt.size < records) throw new Error(`only ${heardAt.size} of ${records} records were delivered`);
  return { ms: spread([...sentAt].map(([id, at]) => (heardAt.get(id) ?? Infinity) - at)) };
}

async function publishing(atOnce: number, msMax: number): Promise<{ readonly perSecond: number; readonly ms: Spread }> {
  using folder = folderOnDisk();
  await using bus: Bus = await openEmbedded({
    file: join(folder.path, "bus.sqlite"),
    codec: benchCodec(),
    service: "bench",
  });
  const took: number[] = [];
  let index = 0;
  const start = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() - start < msMax) {
      const event = benchAlert((index += 1));
      const asked = performance.now();
      await bus.publish("alerts", event.fingerprint, event);
      took.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { perSecond: rounded((took.length * 1000) / (performance.now() - start)), ms: spread(took) };
}
