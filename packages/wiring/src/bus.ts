import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { narrowed, type Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openKafka } from "@holdfast/bus/kafka";
import type { Codec } from "@holdfast/schemas";
import type { Log, Metrics, ServiceName } from "@holdfast/service";
import { withBrokerClock } from "./broker-clock.ts";
import { tellSchemas } from "./contract.ts";
import { isKafka, kafkaConnection, type KafkaSettings } from "./kafka.ts";
import { ROLES } from "./roles.ts";

type BusSettings = KafkaSettings & { readonly HOLDFAST_DATA: string; readonly HOLDFAST_KAFKA_PREFIX: string };
type Of = {
  readonly service: ServiceName;
  readonly settings: BusSettings;
  readonly codec: Codec;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the process: the bus has failed in the background for good. */
  readonly fatal: (cause: unknown) => void;
};

/** The bus that `HOLDFAST_BUS` names, with its metrics, and of it what the service's role may. Services do not know which it is. */
export async function busOf(of: Of): Promise<Bus> {
  const bus = await openAdapter(of);
  tellSchemas(of.metrics);
  measure(bus, of.metrics);
  return narrowed(withBrokerClock(bus, of.metrics), ROLES[of.service]);
}

async function openAdapter({ service, settings, codec, log, fatal }: Of): Promise<Bus> {
  mkdirSync(settings.HOLDFAST_DATA, { recursive: true });
  const note = (
    level: "debug" | "info" | "warn" | "error",
    facts: Readonly<Record<string, unknown>>,
    says: string,
  ): void => log[level](says, facts);
  const options = { codec, service, log: note };
  if (!isKafka(settings)) return await openEmbedded({ file: join(settings.HOLDFAST_DATA, "bus.sqlite"), ...options });
  const { [service]: mine, ...others } = ROLES;
  return await openKafka({
    ...options,
    connection: kafkaConnection(settings, `${service.toUpperCase()}_KAFKA`),
    prefix: settings.HOLDFAST_KAFKA_PREFIX,
    role: { mine, others: Object.keys(others) },
    writes: mine.produces,
    marksFile: join(settings.HOLDFAST_DATA, "kafka-work.sqlite"),
    fatal,
  });
}

function measure(bus: Bus, metrics: Metrics): void {
  const perGroup = ["group"] as const;
  metrics.gauge(
    "holdfast_bus_lag",
    "Records on the topics that the group has not acknowledged.",
    perGroup,
    async (gauge) => {
      for (const { group, lag } of (await bus.stats()).groups) gauge.set({ group }, lag);
    },
  );
  metrics.gauge(
    "holdfast_bus_oldest_unfinished_seconds",
    "Age of the group's oldest unfinished work.",
    perGroup,
    async (gauge) => {
      for (const { group, oldestAgeMs } of (await bus.stats()).groups) gauge.set({ group }, oldestAgeMs / 1000);
    },
  );
  metrics.gauge(
    "holdfast_bus_active",
    "1 where this process works for the group, 0 where it stands by.",
    perGroup,
    async (gauge) => {
      for (const { group, active } of (await bus.stats()).groups) gauge.set({ group }, active ? 1 : 0);
    },
  );
  metrics.gauge("holdfast_dead_letters", "Records in dead-letters.", [], async (gauge) =>
    gauge.set((await bus.stats()).deadLetters),
  );
  metrics.counter(
    "holdfast_bus_dropped_total",
    "Records that views dropped, by reason.",
    ["reason"],
    async (counter) => {
      const { dropped } = await bus.stats();
      counter.reset();
      for (const [reason, count] of Object.entries(dropped)) counter.inc({ reason }, count);
    },
  );
  metrics.gauge("holdfast_bus_store_bytes", "Size of the embedded bus on disk.", ["part"], async (gauge) => {
    const { storeBytes, walBytes } = await bus.stats();
    gauge.set({ part: "store" }, storeBytes);
    gauge.set({ part: "wal" }, walBytes);
  });
}
