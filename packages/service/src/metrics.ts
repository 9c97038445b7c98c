import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { VERSION } from "./version.ts";

type Name = `holdfast_${string}`;

/** The metrics of one process. Each name is made once, in the file that counts it. */
export type Metrics = {
  /** @param collect called at each scrape: resets and counts again what is read rather than kept. */
  readonly counter: <L extends string = never>(
    name: Name,
    help: string,
    labels?: readonly L[],
    collect?: (counter: Counter<L>) => void | Promise<void>,
  ) => Counter<L>;
  /** @param collect called at each scrape: sets what is read rather than kept. */
  readonly gauge: <L extends string = never>(
    name: Name,
    help: string,
    labels?: readonly L[],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ) => Gauge<L>;
  readonly histogram: <L extends string = never>(
    name: Name,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ) => Histogram<L>;
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export function openMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // the default of 10 ms wakes an idle process a hundred times a second
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const registers = [registry];
  new Gauge({
    name: "holdfast_build_info",
    help: "1, with the version that runs.",
    labelNames: ["version"],
    registers,
  }).set({ version: VERSION }, 1);
  return {
    counter: <L extends string>(
      name: Name,
      help: string,
      labels: readonly L[] = [],
      collect?: (counter: Counter<L>) => void | Promise<void>,
    ) => {
      const counter: Counter<L> = new Counter({
        name,
        help,
        labelNames: [...labels],
        registers,
        ...(collect && { collect: () => collect(counter) }),
      });
      return counter;
    },
    gauge: <L extends string>(
      name: Name,
      help: string,
      labels: readonly L[] = [],
      collect?: (gauge: Gauge<L>) => void | Promise<void>,
    ) => {
      const gauge: Gauge<L> = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        ...(collect && { collect: () => collect(gauge) }),
      });
      return gauge;
    },
    histogram: (name, help, labels = [], buckets = SECONDS) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
