import { createHash } from "node:crypto";

/** What Alertmanager posts for one alert of the default rules, with the labels that kube-state-metrics puts beside the target's. */

export type Labels = Readonly<Record<string, string>>;

const EXPORTER: Labels = {
  job: "kube-state-metrics",
  instance: "10.244.0.7:8080",
  endpoint: "http",
  service: "kube-prometheus-stack-kube-state-metrics",
  prometheus: "monitoring/kube-prometheus-stack-prometheus",
};

export function webhook(alertname: string, target: Labels, startsAt: Date): object {
  const labels = { alertname, severity: "warning", ...EXPORTER, ...target };
  const fingerprint = createHash("sha256").update(JSON.stringify(labels)).digest("hex").slice(0, 16);
  const alert = {
    status: "firing",
    labels,
    annotations: { summary: `${alertname} is firing.` },
    startsAt: startsAt.toISOString(),
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus:9090/graph",
    fingerprint,
  };
  return {
    receiver: "holdfast",
    status: "firing",
    alerts: [alert],
    groupLabels: { alertname },
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    version: "4",
    groupKey: `{}:{alertname="${alertname}"}`,
    truncatedAlerts: 0,
  };
}
