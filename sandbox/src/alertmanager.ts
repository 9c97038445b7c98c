import type { AlertInstance } from "./alerts.ts";
import type { Labels } from "./kinds.ts";
import { matcher } from "./promql-parse.ts";
import type { Matcher } from "./promql-parse.ts";

/** The body of Alertmanager's webhook, version 4, for one group: what is firing in it, and what has just ended. */
export function webhookBody(alerts: readonly AlertInstance[], url: string): object {
  const namespace = alerts[0]?.labels["namespace"];
  const groupLabels = namespace === undefined ? {} : { namespace };
  return {
    version: "4",
    groupKey: `{}:{${namespace === undefined ? "" : `namespace=${JSON.stringify(namespace)}`}}`,
    truncatedAlerts: 0,
    status: alerts.some((alert) => alert.endsAt === undefined) ? "firing" : "resolved",
    receiver: "holdfast",
    groupLabels,
    commonLabels: common(alerts.map((alert) => alert.labels)),
    commonAnnotations: common(alerts.map((alert) => alert.annotations)),
    externalURL: `${url}/alertmanager`,
    alerts: alerts.map((alert) => ({
      status: alert.endsAt === undefined ? "firing" : "resolved",
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: alert.startsAt,
      endsAt: alert.endsAt ?? "0001-01-01T00:00:00Z",
      generatorURL: generatorUrl(alert, url),
      fingerprint: alert.fingerprint,
    })),
  };
}

/** `/api/v2/alerts`: what fires now. `endsAt` moves with every poll, as it does at a real one. */
export function listAlerts(
  alerts: readonly AlertInstance[],
  filters: readonly string[],
  url: string,
  now: number,
): object[] | string {
  const matchers: Matcher[] = [];
  for (const filter of filters) {
    const [, label = "", op = "", value = ""] = /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*$/.exec(filter) ?? [];
    if (label === "") return `bad matcher format: ${filter}`;
    matchers.push(matcher(label, op, value));
  }
  return alerts
    .filter((alert) => alert.endsAt === undefined)
    .filter((alert) => matchers.every(({ label, matches }) => matches(alert.labels[label] ?? "")))
    .map((alert) => ({
      annotations: alert.annotations,
      endsAt: new Date(now + 240_000).toISOString(),
      fingerprint: alert.fingerprint,
      receivers: [{ name: "holdfast" }],
      startsAt: alert.startsAt,
      status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: "active" },
      updatedAt: alert.updatedAt,
      generatorURL: generatorUrl(alert, url),
      labels: alert.labels,
    }));
}

function common(all: readonly Labels[]): Labels {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) => rest.every((labels) => labels[key] === value)),
  );
}

function generatorUrl({ expr }: AlertInstance, url: string): string {
  return `${url}/prometheus/graph?g0.expr=${encodeURIComponent(expr)}&g0.tab=1`;
}
