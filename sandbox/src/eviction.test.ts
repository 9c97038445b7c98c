import * as k8s from "@kubernetes/client-node";
import { afterEach, describe, expect, test } from "vitest";
import { openSandbox, type Sandbox, type SandboxOptions } from "./index.ts";
import { clientsOf, eventually, JSON_PATCH, refusalOf, type Clients } from "./testing/client.ts";

/** What an eviction asks that a deletion does not. */

let sandbox: Sandbox;
let admin: Clients;
let policies: k8s.PolicyV1Api;

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await openSandbox(options);
  admin = clientsOf(sandbox, "admin");
  policies = admin.config.makeApiClient(k8s.PolicyV1Api);
}

afterEach(() => sandbox[Symbol.asyncDispose]());

const namespace = "shop";

async function podsOfWeb(): Promise<k8s.V1Pod[]> {
  return (await admin.core.listNamespacedPod({ namespace, labelSelector: "app=web" })).items;
}

type Limits = { minAvailable?: number | string; maxUnavailable?: number; selector?: object };

const budget = (name: string, spec: Limits) =>
  policies.createNamespacedPodDisruptionBudget({
    namespace,
    body: { metadata: { name }, spec: { selector: { matchLabels: { app: "web" } }, ...spec } },
  });

const evict = (pod: k8s.V1Pod | undefined, dryRun?: string) => {
  const name = pod?.metadata?.name ?? "";
  return admin.core.createNamespacedPodEviction({
    name,
    namespace,
    body: { metadata: { name, namespace } },
    ...(dryRun === undefined ? {} : { dryRun }),
  });
};

/** No controller moves between two requests. */
const STILL = { roundMs: 3_600_000 };

describe("an eviction", () => {
  test.each([undefined, "All"])("is refused with 429 where the budget allows none, dry run %s", async (dryRun) => {
    await open(STILL);
    await budget("web", { minAvailable: 3 });
    const [pod] = await podsOfWeb();
    expect(await refusalOf(evict(pod, dryRun))).toMatchObject({
      code: 429,
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
    });
    expect(await podsOfWeb()).toHaveLength(3);
  });

  test.each([{ maxUnavailable: 1 }, { minAvailable: 2 }, { minAvailable: "50%" }])(
    "goes through where %j leaves room, once",
    async (spec) => {
      await open(STILL);
      await budget("web", spec);
      const [first, second] = await podsOfWeb();
      await evict(first, "All");
      expect(await podsOfWeb()).toHaveLength(3);
      await evict(first);
      expect((await refusalOf(evict(second))).code).toBe(429);
    },
  );

  test("is refused with 500 where a pod has two budgets", async () => {
    await open(STILL);
    await budget("web", { maxUnavailable: 3 });
    await budget("all", { maxUnavailable: 3, selector: {} });
    const [pod] = await podsOfWeb();
    expect((await refusalOf(evict(pod))).code).toBe(500);
  });

  test("of a pod that does not serve is no disruption where enough others do", async () => {
    await open();
    await sandbox.break("stuck-pod");
    await budget("web", { minAvailable: 2 });
    const sick = await eventually(async () => {
      const pods = await podsOfWeb();
      return pods.find((pod) => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "False"));
    }, "a pod that does not serve");
    const [well] = (await podsOfWeb()).filter((pod) => pod.metadata?.name !== sick.metadata?.name);
    expect((await refusalOf(evict(well))).code).toBe(429);
    await evict(sick);
  });
});

test("a budget says how many may go", async () => {
  await open();
  await budget("web", { maxUnavailable: 1 });
  const seen = await eventually(async () => {
    const { status } = await policies.readNamespacedPodDisruptionBudget({ namespace, name: "web" });
    return status?.expectedPods === undefined ? undefined : status;
  }, "the status of the budget");
  expect(seen).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 });
});

test("a StatefulSet has a scale, and its number is tested before it moves", async () => {
  await open();
  const template = { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "db", image: "db:1" }] } };
  await admin.apps.createNamespacedStatefulSet({
    namespace,
    body: {
      metadata: { name: "db" },
      spec: { replicas: 1, serviceName: "db", selector: { matchLabels: { app: "db" } }, template },
    },
  });
  const body = [
    { op: "test", path: "/spec/replicas", value: 1 },
    { op: "replace", path: "/spec/replicas", value: 2 },
  ];
  await admin.apps.patchNamespacedStatefulSetScale({ namespace, name: "db", body }, JSON_PATCH);
  expect((await admin.apps.readNamespacedStatefulSetScale({ namespace, name: "db" })).spec?.replicas).toBe(2);
  const again = admin.apps.patchNamespacedStatefulSetScale({ namespace, name: "db", body }, JSON_PATCH);
  expect((await refusalOf(again)).code).toBe(422);
});
