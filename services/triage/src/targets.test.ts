import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openTargets } from "./targets.ts";
import { anAlert, CLUSTER, targets } from "./testing.ts";

const EXPORTER = {
  container: "kube-state-metrics",
  endpoint: "http",
  instance: "10.1.2.3:8080",
  job: "kube-state-metrics",
  service: "kube-state-metrics",
};
const aim = (labels: Record<string, string>) => targets.aim(anAlert(labels), CLUSTER);

type Fixture = {
  /** Whose rule it is, and whose labels. */
  readonly from: string;
  readonly target: { readonly kind: string; readonly namespace: string | null; readonly name: string } | null;
  readonly ignored?: true;
  readonly labels: Readonly<Record<string, string>>;
};

const fixtures = readFileSync(new URL("../fixtures/alerts.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Fixture);

/** What an exporter adds of itself; its pods and services are called after it. */
const OF_EXPORTER = /kube-state-metrics|node-exporter|blackbox|kubelet/;

describe("alerts with the labels that kube-prometheus-stack, node_exporter and blackbox_exporter send", () => {
  test("there are enough of them, of every kind of target, and each says where its labels come from", () => {
    expect(fixtures.length).toBeGreaterThanOrEqual(30);
    expect(new Set(fixtures.map(({ target }) => target?.kind)).size).toBe(10);
    expect(fixtures.filter(({ from }) => from.length < 20)).toEqual([]);
    expect(new Set(fixtures.map(({ labels }) => JSON.stringify(labels))).size).toBe(fixtures.length);
  });

  test.for(fixtures.map((fixture) => [fixture.labels["alertname"], fixture.from, fixture] as const))(
    "%s (%s)",
    ([, , { target, labels, ignored = false }]) => {
      const found = aim(labels).target;
      expect(targets.ignores(anAlert(labels))).toBe(ignored);
      if (ignored) return;
      expect(found).toEqual(target === null ? null : { cluster: CLUSTER, uid: null, ...target });
      expect(found?.name ?? "").not.toMatch(OF_EXPORTER);
    },
  );

  test("none of them becomes another target, or none, by what an exporter adds of itself", () => {
    for (const { labels } of fixtures.filter(({ target }) => target !== null)) {
      const bare = Object.fromEntries(Object.entries(labels).filter(([, value]) => !OF_EXPORTER.test(value)));
      expect(aim({ ...bare, alertname: labels["alertname"] ?? "" }).target).toEqual(aim(labels).target);
    }
  });
});

describe("from an alert to its target", () => {
  test("a deployment's alert names the deployment, never the pod of the exporter beside it", () => {
    const { target } = aim({
      alertname: "KubeDeploymentReplicasMismatch",
      namespace: "payments",
      deployment: "api",
      pod: "kube-state-metrics-0",
      ...EXPORTER,
    });
    expect(target).toEqual({ cluster: CLUSTER, namespace: "payments", kind: "Deployment", name: "api", uid: null });
  });

  test("a node's alert names the node, and neither the namespace nor the pod of the exporter", () => {
    const { target } = aim({
      alertname: "KubeNodeNotReady",
      node: "node-3",
      namespace: "monitoring",
      pod: "kube-state-metrics-0",
      ...EXPORTER,
    });
    expect(target).toMatchObject({ kind: "Node", name: "node-3", namespace: null });
  });

  test("a file system's alert has the exporter's address and no node, so it has no target", () => {
    expect(
      aim({
        alertname: "NodeFilesystemAlmostOutOfSpace",
        instance: "10.0.0.7:9100",
        namespace: "monitoring",
        pod: "node-exporter-x",
      }).target,
    ).toBeNull();
  });

  test("an alert that is not listed has a target only where namespace and deployment say which", () => {
    expect(aim({ alertname: "ApiErrorBudgetBurn", namespace: "payments", deployment: "api" }).target).toMatchObject({
      kind: "Deployment",
      name: "api",
    });
    expect(aim({ alertname: "ApiErrorBudgetBurn", namespace: "payments", pod: "prometheus-0" }).target).toBeNull();
    expect(aim({ alertname: "ApiErrorBudgetBurn", deployment: "api" }).target).toBeNull();
  });

  test("an alert of another cluster has no target here, and says why", () => {
    const other = aim({
      alertname: "KubeDeploymentReplicasMismatch",
      namespace: "payments",
      deployment: "api",
      cluster: "prod-us2",
    });
    expect(other.target).toBeNull();
    expect(other.because).toContain("prod-us2");
  });

  test.for(["web; kubectl delete ns prod", "../../nodes", "WEB", "", "a".repeat(300), "рay"])(
    "a label that no object of Kubernetes can be called names nothing: %s",
    (name) => {
      expect(
        aim({ alertname: "KubeDeploymentReplicasMismatch", namespace: "payments", deployment: name }).target,
      ).toBeNull();
      expect(
        aim({ alertname: "KubeDeploymentReplicasMismatch", namespace: name, deployment: "api" }).target,
      ).toBeNull();
    },
  );

  test("alerts without a target belong together by their name, never by a time, a value or the exporter", () => {
    const one = aim({ alertname: "NodeFilesystemAlmostOutOfSpace", instance: "10.0.0.7:9100" });
    const other = aim({ alertname: "NodeFilesystemAlmostOutOfSpace", instance: "10.0.0.8:9100" });
    expect(one.correlation).toEqual(other.correlation);
    expect(one.correlation).not.toEqual(aim({ alertname: "TargetDown", job: "x" }).correlation);
  });

  test.for([
    { alertname: "Watchdog", severity: "none" },
    { alertname: "InfoInhibitor" },
    { alertname: "KubePodCrashLooping", severity: "info" },
    { alertname: "X", severity: "none" },
  ])("%o never becomes an incident", (labels) => {
    expect(targets.ignores(anAlert(labels))).toBe(true);
  });

  test("what Holdfast says of itself never becomes one, however critical, and a label of another value does", () => {
    const own = { alertname: "HoldfastServiceDown", severity: "critical", service: "policy" };
    expect(targets.ignores(anAlert({ ...own, holdfast: "self" }))).toBe(true);
    expect(targets.ignores(anAlert({ ...own, holdfast: "other" }))).toBe(false);
  });

  test("a warning does become one", () => {
    expect(targets.ignores(anAlert({ alertname: "KubePodCrashLooping", severity: "warning" }))).toBe(false);
  });

  test("a table with an unknown key or kind stops the start with a sentence", () => {
    expect(() => openTargets("clusterLabel: cluster\nkind: {}\n")).toThrow("config/targets.yaml is not usable");
    expect(() => openTargets("", "/etc/holdfast/targets.yaml")).toThrow(
      "/etc/holdfast/targets.yaml is not usable: it is empty or no map; its keys are clusterLabel, correlate, ",
    );
    expect(() => openTargets("kinds: {")).toThrow(/^config\/targets\.yaml is not usable: [^\n]+ Repair the file\.$/);
  });
});
