import { alertId, incidentId } from "@holdfast/schemas";

export type Label = Readonly<Record<string, string>>;
export type SentAlert = {
  readonly fingerprint: string;
  readonly startsAt: number;
  readonly labels: Label;
};

/** What a pod that crash-loops makes a real Alertmanager send, exporter's labels included. */
export function alertAbout(index: number, labels: Label, startsAt = Date.now()): SentAlert {
  const exporter = {
    container: "api",
    endpoint: "http",
    instance: "10.244.1.9:8080",
    job: "kube-state-metrics",
    prometheus: "monitoring/kube-prometheus-stack-prometheus",
    reason: "CrashLoopBackOff",
    service: "kube-prometheus-stack-kube-state-metrics",
    severity: "warning",
  };
  const fingerprint = index.toString(16).padStart(16, "0");
  return { fingerprint, startsAt, labels: { alertname: "KubePodCrashLooping", ...exporter, ...labels } };
}

export function idOf({ fingerprint, startsAt }: SentAlert): string {
  return alertId(fingerprint, startsAt, "firing");
}

export function incidentOf(alert: SentAlert): string {
  return incidentId(idOf(alert));
}

/** A body of Alertmanager's webhook, version 4. */
export function notification(alerts: readonly SentAlert[]): string {
  const [first] = alerts;
  return JSON.stringify({
    version: "4",
    groupKey: `{}:{namespace="${first?.labels["namespace"] ?? ""}"}`,
    truncatedAlerts: 0,
    status: "firing",
    receiver: "holdfast",
    groupLabels: { namespace: first?.labels["namespace"] ?? "" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager.example:9093",
    alerts: alerts.map(({ fingerprint, startsAt, labels }) => ({
      status: "firing",
      labels,
      annotations: {
        summary: "Pod is crash looping.",
        description: `Pod ${labels["namespace"]}/${labels["pod"]} (api) is in waiting state (reason: "CrashLoopBackOff").`,
        runbook_url: "https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubepodcrashlooping",
      },
      startsAt: new Date(startsAt).toISOString(),
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus.example:9090/graph?g0.expr=kube_pod_container_status_waiting_reason&g0.tab=1",
      fingerprint,
    })),
  });
}
