import { expect, test } from "vitest";
import { openSandbox } from "./index.ts";
import { clientsOf, eventually, JSON_PATCH, rollback, untilHealthy } from "./testing/client.ts";

test("the cluster is healthy when it is new", async () => {
  await using sandbox = await openSandbox();
  expect(sandbox.status()).toMatchObject({ healthy: true, broken: [], alerts: [] });
});

test("bad-rollout: pods of the newest ReplicaSet crash-loop, the old ones serve, the rollout is late, and a rollback heals it", async () => {
  await using sandbox = await openSandbox();
  const triage = clientsOf(sandbox, "triage");
  await sandbox.break("bad-rollout");
  const pods = (await triage.core.listNamespacedPod({ namespace: "payments" })).items;
  const crashing = pods.filter(
    (pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff",
  );
  const [pod] = crashing;
  const status = pod?.status?.containerStatuses?.[0];
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
  expect(status?.restartCount).toBeGreaterThan(0);
  const hash = pod?.metadata?.labels?.["pod-template-hash"];
  const sets = (await triage.apps.listNamespacedReplicaSet({ namespace: "payments" })).items;
  const newest = sets.find((rs) => rs.metadata?.labels?.["pod-template-hash"] === hash);
  expect(newest?.metadata?.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "3" });
  expect(newest?.metadata?.creationTimestamp?.getTime()).toBeLessThan(
    status?.lastState?.terminated?.finishedAt?.getTime() ?? 0,
  );
  const serving = pods.filter((p) => p.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"));
  expect(serving).toHaveLength(2);
  expect(serving.every((p) => p.metadata?.labels?.["pod-template-hash"] !== hash)).toBe(true);
  const log = await triage.core.readNamespacedPodLog({
    namespace: "payments",
    name: pod?.metadata?.name ?? "",
    container: "api",
    previous: true,
  });
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

test("image-not-found: the new pods wait for an image that is not there, and a rollback heals it", async () => {
  await using sandbox = await openSandbox();
  const triage = clientsOf(sandbox, "triage");
  await sandbox.break("image-not-found");
  const pods = (await triage.core.listNamespacedPod({ namespace: "shop", labelSelector: "app=cart" })).items;
  const waiting = pods
    .map((pod) => pod.status?.containerStatuses?.[0]?.state?.waiting)
    .find((state) => state !== undefined);
  expect(waiting?.reason).toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
  expect(waiting?.message).toMatch(/not found|manifest unknown/);
  await rollback(clientsOf(sandbox, "executor"), "shop", "cart");
  await untilHealthy(sandbox);
});

test("stuck-pod: one pod runs and is not ready, no release is to blame, and deleting the pod heals it", async () => {
  await using sandbox = await openSandbox();
  const triage = clientsOf(sandbox, "triage");
  await sandbox.break("stuck-pod");
  const pods = (await triage.core.listNamespacedPod({ namespace: "shop", labelSelector: "app=web" })).items;
  const stuck = pods.filter((pod) => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "False"));
  expect(stuck).toHaveLength(1);
  const [pod] = stuck;
  const { name = "", uid = "" } = pod?.metadata ?? {};
  expect(pod?.status?.containerStatuses?.[0]?.state?.running).toBeDefined();
  expect(pod?.status?.conditions?.find((c) => c.type === "Ready")?.reason).toBe("ContainersNotReady");
  const events = (
    await triage.core.listNamespacedEvent({ namespace: "shop", fieldSelector: `involvedObject.uid=${uid}` })
  ).items;
  expect(events.map((event) => `${event.reason}: ${event.message}`)).toContain(
    "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
  );
  await clientsOf(sandbox, "executor").core.deleteNamespacedPod({
    namespace: "shop",
    name,
    body: { preconditions: { uid } },
  });
  await untilHealthy(sandbox);
  const after = (await triage.core.listNamespacedPod({ namespace: "shop", labelSelector: "app=web" })).items;
  expect(after).toHaveLength(3);
  expect(after.map((p) => p.metadata?.uid)).not.toContain(uid);
});

test("stuck-pod again: the pod that came in place of the stuck one is not struck next", async () => {
  await using sandbox = await openSandbox();
  const executor = clientsOf(sandbox, "executor");
  const struck: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    await sandbox.break("stuck-pod");
    const { items } = await executor.core.listNamespacedPod({ namespace: "shop", labelSelector: "app=web" });
    const stuck = items.find(({ status }) =>
      status?.conditions?.some((c) => c.type === "Ready" && c.status === "False"),
    );
    expect(stuck?.metadata?.creationTimestamp?.getTime()).toBeLessThan(Date.now() - 3_600_000);
    struck.push(stuck?.metadata?.name ?? "");
    await executor.core.deleteNamespacedPod({ namespace: "shop", name: stuck?.metadata?.name ?? "" });
    await untilHealthy(sandbox);
  }
  expect(new Set(struck).size).toBe(3);
});

test("node-not-ready: the node is Unknown, its pods are not Ready and tell no log, and only heal brings it back", async () => {
  await using sandbox = await openSandbox();
  const triage = clientsOf(sandbox, "triage");
  await sandbox.break("node-not-ready");
  const node = await triage.core.readNode({ name: "node-3" });
  expect(node.status?.conditions?.find((c) => c.type === "Ready")).toMatchObject({
    status: "Unknown",
    reason: "NodeStatusUnknown",
  });
  const pods = (await triage.core.listNamespacedPod({ namespace: "prod-shop", fieldSelector: "spec.nodeName=node-3" }))
    .items;
  expect(pods).toHaveLength(3);
  expect(pods.every((pod) => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "False"))).toBe(
    true,
  );
  await expect(
    triage.core.readNamespacedPodLog({ namespace: "prod-shop", name: pods[0]?.metadata?.name ?? "" }),
  ).rejects.toThrow("no route to host");
  sandbox.heal();
  await untilHealthy(sandbox);
});

test("oom-loop: the containers of the new release are killed for their memory, and a rollback heals it", async () => {
  await using sandbox = await openSandbox();
  await sandbox.break("oom-loop");
  const pods = (
    await clientsOf(sandbox, "triage").core.listNamespacedPod({ namespace: "shop", labelSelector: "app=web" })
  ).items;
  const killed = pods
    .map((pod) => pod.status?.containerStatuses?.[0]?.lastState?.terminated)
    .filter((state) => state !== undefined);
  expect(killed[0]).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
  await rollback(clientsOf(sandbox, "executor"), "shop", "web");
  await untilHealthy(sandbox);
});

test("crash-without-release: all pods crash, the newest ReplicaSet is old, and a restart heals it", async () => {
  await using sandbox = await openSandbox();
  const triage = clientsOf(sandbox, "triage");
  await sandbox.break("crash-without-release");
  const pods = (await triage.core.listNamespacedPod({ namespace: "shop", labelSelector: "app=cart" })).items;
  expect(pods.map((pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason)).toEqual([
    "CrashLoopBackOff",
    "CrashLoopBackOff",
  ]);
  const sets = (await triage.apps.listNamespacedReplicaSet({ namespace: "shop", labelSelector: "app=cart" })).items;
  const youngest = Math.max(...sets.map((rs) => rs.metadata?.creationTimestamp?.getTime() ?? 0));
  expect(Date.now() - youngest).toBeGreaterThan(86_400_000);
  const body = [
    {
      op: "add",
      path: "/spec/template/metadata/annotations",
      value: { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() },
    },
  ];
  await clientsOf(sandbox, "executor").apps.patchNamespacedDeployment(
    { namespace: "shop", name: "cart", body, fieldValidation: "Strict" },
    JSON_PATCH,
  );
  await untilHealthy(sandbox);
});

test("every scenario has a sentence, breaks something, and heal undoes it", async () => {
  await using sandbox = await openSandbox();
  for (const { name, says } of sandbox.scenarios()) {
    expect(says).toMatch(/\.$/);
    expect(await sandbox.break(name), name).toEqual({ outcome: "fired" });
    expect(sandbox.status().broken).toContain(name);
    sandbox.heal();
    await untilHealthy(sandbox);
  }
}, 120_000);
