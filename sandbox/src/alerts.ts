import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Labels } from "./kinds.ts";
import { parseQuery } from "./promql-parse.ts";
import type { Node } from "./promql-parse.ts";
import { evaluate } from "./promql.ts";
import type { Source } from "./promql.ts";

export type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly query: Node;
  readonly rounds: number;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
};

/** One firing of one alert, from its start until Alertmanager's receiver knows of its end. */
export type AlertInstance = {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly expr: string;
  readonly startsAt: string;
  readonly updatedAt: string;
  readonly endsAt?: string;
  /** What the receiver has accepted. */
  readonly told: "nothing" | "firing";
};

const CLUSTER_LABELS: Labels = { prometheus: "monitoring/kube-prometheus-stack-prometheus" };

export function loadRules(): AlertRule[] {
  // The file is ours and is read by nobody else: a mistake in it fails the first test.
  const rules = parse(readFileSync(new URL("../alerts.yaml", import.meta.url), "utf8")) as (Omit<
    AlertRule,
    "query" | "rounds"
  > & { for: number })[];
  return rules.map(({ for: rounds, ...rule }) => ({ ...rule, rounds, query: parseQuery(rule.expr) }));
}

/** How many rounds in a row each alert has been true; not kept across a restart, as Prometheus does not need it to be. */
export type Pending = Map<string, number>;

/** The alerts after one more round: new ones fire, those whose condition is gone end, the others stay as they are. */
export function nextAlerts(
  before: readonly AlertInstance[],
  rules: readonly AlertRule[],
  source: Source,
  pending: Pending,
  now: number,
): readonly AlertInstance[] {
  const time = new Date(now).toISOString();
  const active = new Map(
    rules.flatMap((rule) => activeOf(rule, source, now)).map((alert) => [alert.fingerprint, alert]),
  );
  for (const fingerprint of pending.keys()) if (!active.has(fingerprint)) pending.delete(fingerprint);
  const ended = before.map((instance) =>
    instance.endsAt === undefined && !active.has(instance.fingerprint)
      ? { ...instance, endsAt: time, updatedAt: time }
      : instance,
  );
  const firing = new Set(
    ended.filter((instance) => instance.endsAt === undefined).map((instance) => instance.fingerprint),
  );
  const fresh = [...active.values()].flatMap(({ rounds, ...alert }) => {
    if (firing.has(alert.fingerprint)) return [];
    const seen = (pending.get(alert.fingerprint) ?? 0) + 1;
    pending.set(alert.fingerprint, seen);
    return seen > rounds ? [{ ...alert, startsAt: time, updatedAt: time, told: "nothing" as const }] : [];
  });
  const unchanged = fresh.length === 0 && ended.every((instance, at) => instance === before[at]);
  return unchanged ? before : [...ended, ...fresh];
}

function activeOf(
  rule: AlertRule,
  source: Source,
  now: number,
): (Omit<AlertInstance, "startsAt" | "updatedAt" | "told"> & { rounds: number })[] {
  const value = evaluate(rule.query, source, now);
  if (value.kind === "scalar") return [];
  return value.samples.map((sample) => {
    const { __name__: _, ...own } = sample.labels;
    const labels: Labels = { ...own, alertname: rule.alert, severity: rule.severity, ...CLUSTER_LABELS };
    const fill = (text: string): string =>
      text.replace(/\{\{ (\w+) \}\}/g, (_all, label: string) => labels[label] ?? "");
    const annotations = {
      summary: fill(rule.summary),
      description: fill(rule.description),
      runbook_url: `https://runbooks.prometheus-operator.dev/runbooks/kubernetes/${rule.alert.toLowerCase()}`,
    };
    return { fingerprint: fingerprintOf(labels), labels, annotations, expr: rule.expr, rounds: rule.rounds };
  });
}

function fingerprintOf(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}
