import { expect, test } from "vitest";
import { openSandbox } from "./index.ts";
import { isObject } from "./json.ts";
import { clientsOf, eventually, rollback, untilHealthy } from "./testing/client.ts";
import { openReceiver } from "./testing/intake.ts";

test("break returns when the receiver has accepted the alert, and the remedy resolves the same alert", async () => {
  await using receiver = await openReceiver();
  await using sandbox = await openSandbox({ intake: { url: receiver.url, token: () => "secret" } });
  expect(await sandbox.break("bad-rollout")).toEqual({ outcome: "fired" });
  const fired = receiver.alerts().find((alert) => alert.labels["alertname"] === "KubePodCrashLooping");
  expect(fired).toMatchObject({
    status: "firing",
    endsAt: "0001-01-01T00:00:00Z",
    fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(receiver.bodies()[0]).toMatchObject({
    version: "4",
    status: "firing",
    receiver: "holdfast",
    truncatedAlerts: 0,
    groupLabels: { namespace: "payments" },
  });
  await rollback(clientsOf(sandbox, "executor"), "payments", "api");
  await eventually(
    () =>
      receiver
        .alerts()
        .find((a) => a.status === "resolved" && a.fingerprint === fired?.fingerprint && a.startsAt === fired.startsAt),
    "the alert resolved",
  );
  await untilHealthy(sandbox);
  await eventually(() => (openAlerts(receiver.alerts()).length === 0 ? true : undefined), "every alert resolved");
});

test("an alert on a workload has the exporter's own pod, container and instance beside what is broken", async () => {
  await using sandbox = await openSandbox();
  await sandbox.break("stuck-pod");
  const { labels } =
    sandbox.status().alerts.find((a) => a.labels["alertname"] === "KubeDeploymentReplicasMismatch") ?? {};
  expect(labels).toMatchObject({
    namespace: "shop",
    deployment: "web",
    container: "kube-state-metrics",
    job: "kube-state-metrics",
    severity: "warning",
  });
  expect(labels?.["pod"]).toMatch(/kube-state-metrics/);
});

test("a receiver that refuses is asked again until it accepts, and break says that it waits", async () => {
  await using receiver = await openReceiver();
  await using sandbox = await openSandbox({ intake: { url: receiver.url, token: () => "secret" } });
  receiver.answer(503);
  const waiting = await sandbox.break("image-not-found", 1_000);
  expect(waiting).toMatchObject({ outcome: "timed-out", why: expect.stringContaining("image-not-found") });
  await eventually(() => (receiver.refusals() > 1 ? true : undefined), "a second attempt");
  receiver.answer(202);
  expect(await sandbox.break("image-not-found")).toEqual({ outcome: "fired" });
  expect(receiver.alerts().every((alert) => alert.status === "firing")).toBe(true);
});

test("Alertmanager lists what fires, and a filter narrows it", async () => {
  await using sandbox = await openSandbox();
  await sandbox.break("node-not-ready");
  const list = async (filter: string): Promise<unknown> =>
    (await fetch(`${sandbox.url}/alertmanager/api/v2/alerts?filter=${encodeURIComponent(filter)}`)).json();
  expect(await list('alertname="KubeNodeNotReady"')).toMatchObject([
    {
      labels: { node: "node-3" },
      status: { state: "active", silencedBy: [], inhibitedBy: [] },
      receivers: [{ name: "holdfast" }],
    },
  ]);
  expect(await list('alertname="Other"')).toEqual([]);
  expect(await (await fetch(`${sandbox.url}/alertmanager/api/v2/silences`)).json()).toEqual([]);
});

test("a cordon silences the node's alert though the node is as dead as before", async () => {
  await using sandbox = await openSandbox();
  await sandbox.break("node-not-ready");
  const fires = (): boolean => sandbox.status().alerts.some((a) => a.labels["alertname"] === "KubeNodeNotReady");
  expect(fires()).toBe(true);
  const { JSON_PATCH } = await import("./testing/client.ts");
  await clientsOf(sandbox, "admin").core.patchNode(
    { name: "node-3", body: [{ op: "add", path: "/spec/unschedulable", value: true }] },
    JSON_PATCH,
  );
  await eventually(() => (fires() ? undefined : true), "silence");
  expect(sandbox.status().nodes.find((n) => n.name === "node-3")).toEqual({
    name: "node-3",
    ready: false,
    schedulable: false,
  });
});

test("Prometheus answers on the live objects, keeps a past, and refuses what it does not understand", async () => {
  await using sandbox = await openSandbox();
  const ask = async (path: string, parameters: Record<string, string>): Promise<unknown> =>
    (await fetch(`${sandbox.url}/prometheus/api/v1/${path}?${new URLSearchParams(parameters).toString()}`)).json();
  const values = (answer: unknown): unknown[] =>
    isObject(answer) && isObject(answer["data"]) && Array.isArray(answer["data"]["result"])
      ? answer["data"]["result"]
      : [];
  const ratio = 'http_requests:error_ratio{namespace="payments", workload=~"ap.*"}';
  expect(values(await ask("query", { query: ratio }))).toMatchObject([
    { metric: { workload: "api" }, value: [expect.any(Number), "0.0008"] },
  ]);
  await sandbox.break("bad-rollout");
  expect(values(await ask("query", { query: `${ratio} > 0.01` }))).toHaveLength(1);
  expect(values(await ask("query", { query: `# the "share" that fails\n${ratio} # > 1` }))).toHaveLength(1);
  expect(
    values(
      await ask("query", {
        query: 'sum by (namespace) (kube_pod_container_status_restarts_total{namespace="payments"}) > 0',
      }),
    ),
  ).toMatchObject([{ metric: { namespace: "payments" } }]);
  const restarts = 'increase(kube_pod_container_status_restarts_total{namespace="payments"}[5m]) > 0';
  await eventually(
    async () => (values(await ask("query", { query: restarts })).length === 2 ? true : undefined),
    "restarts of both new pods",
  );
  const now = Date.now() / 1_000;
  const [row] = values(
    await ask("query_range", { query: ratio, start: String(now - 300), end: String(now), step: "60" }),
  );
  expect(row).toMatchObject({ values: expect.arrayContaining([[expect.any(Number), "0.0008"]]) });
  const refused = await ask("query", { query: "histogram_quantile(0.9, x)" });
  expect(refused).toMatchObject({
    status: "error",
    errorType: "bad_data",
    error: expect.stringContaining("the sandbox understands"),
  });
  const slow = await ask("query", { query: 'kube_pod_info{pod=~"(a+)+b"}' });
  expect(slow).toMatchObject({ status: "error", errorType: "bad_data" });
  expect(await ask("query", { query: "rate(" })).toMatchObject({ status: "error", errorType: "bad_data" });
});

test("the sandbox is steered over HTTP, and not by a page in a browser", async () => {
  await using sandbox = await openSandbox();
  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${sandbox.url}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body), headers });
  expect((await post("break", { scenario: "node-not-ready" }, { origin: "http://evil.example" })).status).toBe(403);
  expect((await post("break", { scenario: "no-such" })).status).toBe(404);
  expect((await post("break", { scenario: "node-not-ready" })).status).toBe(200);
  expect(await (await fetch(`${sandbox.url}/sandbox/status`)).json()).toMatchObject({
    healthy: false,
    broken: ["node-not-ready"],
  });
  expect((await post("heal", {})).status).toBe(200);
  await untilHealthy(sandbox);
});

function openAlerts(alerts: { fingerprint: string; startsAt: string; status: string }[]): string[] {
  const resolved = new Set(alerts.filter((a) => a.status === "resolved").map((a) => `${a.fingerprint} ${a.startsAt}`));
  return alerts.map((a) => `${a.fingerprint} ${a.startsAt}`).filter((key) => !resolved.has(key));
}
