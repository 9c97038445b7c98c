import { expect, test } from "vitest";
import { openSandbox } from "./index.ts";
import { clientsOf, eventually, rollback, untilHealthy } from "./testing/client.ts";

test("the cluster is healthy when it is new", async () => {
  await using sandbox = await openSandbox();
  expect(sandbox.status()).toMatchObject({ healthy: true, broken: [], alerts: [] });
});

test("bad-rollout: pods of the newest ReplicaSet crash-loop, the old ones serve, the rollout is late, and a rollback heals it", async () => {
  await using sandbox = await openSandbox();
  const triage = clientsOf(sandbox, "triage");
  await sandbox.break("bad-rollout");
  const pods = (await triage.core.listNamespacedPod({ namespace: "payments" })).items;
  const crashing = pods.filter((pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff");
  const [pod] = crashing;
  const status = pod?.status?.containerStatuses?.[0];
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
  expect(status?.restartCount).toBeGreaterThan(0);
  const hash = pod?.metadata?.labels?.["pod-template-hash"];
  const sets = (await triage.apps.listNamespacedReplicaSet({ namespace: "payments" })).items;
  const newest = sets.find((rs) => rs.metadata?.labels?.["pod-template-hash"] === hash);
  expect(newest?.metadata?.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "3" });
  expect(newest?.metadata?.creationTimestamp?.getTime()).toBeLessThan(status?.lastState?.terminated?.finishedAt?.getTime() ?? 0);
  const serving = pods.filter((p) => p.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"));
  expect(serving).toHaveLength(2);
  expect(serving.every((p) => p.metadata?.labels?.["pod-template-hash"] !== hash)).toBe(true);
  const log = await triage.core.readNamespacedPodLog({ namespace: "payments", name: pod?.metadata?.name ?? "", container: "api", previous: true });
  expect(log).toContain("FATAL: PAYMENTS_DSN is not set");
  const executor = clientsOf(sandbox, "executor");
  await eventually(async () => {
    const deployment = await executor.apps.readNamespacedDeployment({ namespace: "payments", name: "api" });
    return deployment.status?.conditions?.find((c) => c.reason === "ProgressDeadlineExceeded" && c.status === "False");
  }, "ProgressDeadlineExceeded");
  await rollback(executor, "payments", "api");
  await untilHealthy(sandbox);
  const after = (await triage.apps.listNamespacedReplicaSet({ namespace: "payments" })).items;
  const restored = after.find((rs) => rs.spec?.replicas === 3);
  expect(restored?.metadata?.annotations).toMatchObject({
    "deployment.kubernetes.io/revision": "4",
    "deployment.kubernetes.io/revision-history": "2",
  });
});
