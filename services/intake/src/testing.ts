/** One alert of a notification as Alertmanager sends it, with whatever the test is about in its place. */
export function sent(over: object = {}): object {
  return {
    status: "firing",
    labels: { severity: "critical", alertname: "KubePodCrashLooping", namespace: "shop" },
    annotations: { summary: "Pod is crash looping." },
    startsAt: "2026-11-22T02:51:04.123456789Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus.example/graph?g0.expr=up",
    fingerprint: "0123456789abcdef",
    ...over,
  };
}

export function notification(over: object = {}): object {
  return {
    version: "4",
    groupKey: '{}:{alertname="KubePodCrashLooping"}',
    truncatedAlerts: 0,
    status: "firing",
    receiver: "holdfast",
    groupLabels: { alertname: "KubePodCrashLooping" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager.example",
    alerts: [sent()],
    ...over,
  };
}
