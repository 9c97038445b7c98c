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

  test("a warning does become one", () => {
    expect(targets.ignores(anAlert({ alertname: "KubePodCrashLooping", severity: "warning" }))).toBe(false);
  });

  test("a table with an unknown key or kind stops the start with a sentence", () => {
    expect(() => openTargets("clusterLabel: cluster\nkind: {}\n")).toThrow("config/targets.yaml is not usable");
  });
});
