import type { Bus } from "@holdfast/bus";
import type { Metrics } from "@holdfast/service";

/**
 * The bus, with how far the broker's clock is ahead of ours, as the last record that was published shows it. What waiting for
 * the answer may explain is not held against either.
 */
export function withBrokerClock(bus: Bus, metrics: Pick<Metrics, "gauge">, now: () => number = Date.now): Bus {
  let lastMs: number | undefined;
  metrics.gauge(
    "holdfast_bus_clock_ahead_seconds",
    "How far the broker's clock is ahead of this process's; negative where it is behind.",
    [],
    async (gauge) => {
      const before = now();
      const broker = await bus.now();
      gauge.set((lastMs ?? outside(broker, before, now())) / 1000);
    },
  );
  return {
    ...bus,
    publish: async (topic, key, event, cause) => {
      const before = now();
      const published = await bus.publish(topic, key, event, cause);
      lastMs = outside(published.time, before, now());
      return published;
    },
  };
}

function outside(at: number, before: number, after: number): number {
  if (at > after) return at - after;
  return Math.min(0, at - before);
}
