import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSandbox } from "./index.ts";
import type { Sandbox } from "./index.ts";
import {
  JSON_PATCH,
  MERGE_PATCH,
  STRATEGIC_PATCH,
  clientsOf,
  eventually,
  refusalOf,
  untilHealthy,
} from "./testing/client.ts";
import type { Clients } from "./testing/client.ts";

let sandbox: Sandbox;
let admin: Clients;
let executor: Clients;
let policy: Clients;
let triage: Clients;

beforeAll(async () => {
  sandbox = await openSandbox();
  admin = clientsOf(sandbox, "admin");
  executor = clientsOf(sandbox, "executor");
  policy = clientsOf(sandbox, "policy");
  triage = clientsOf(sandbox, "triage");
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const web = { namespace: "shop", name: "web" };
const restart = (at: string): object[] => [
  { op: "add", path: "/spec/template/metadata/annotations", value: { "kubectl.kubernetes.io/restartedAt": at } },
];

async function webPod(): Promise<{ name: string; uid: string }> {
  return eventually(async () => {
    const { items } = await executor.core.listNamespacedPod({ namespace: "shop", labelSelector: "app=web" });
    const { name, uid, deletionTimestamp } = items[0]?.metadata ?? {};
    return name !== undefined && uid !== undefined && deletionTimestamp === undefined ? { name, uid } : undefined;
  }, "a pod of shop/web");
}

describe("who may", () => {
  test("without a token nobody is known", async () => {
    const answer = await fetch(`${sandbox.url}/api/v1/nodes`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ kind: "Status", reason: "Unauthorized", code: 401 });
  });

  test("triage reads, and a write of triage is forbidden", async () => {
    expect(
      (await triage.apps.listNamespacedDeployment({ namespace: "shop" })).items.map((d) => d.metadata?.name),
    ).toEqual(["cart", "web"]);
    const refusal = await refusalOf(
      triage.apps.patchNamespacedDeployment({ ...web, body: restart("now") }, JSON_PATCH),
    );
    expect(refusal).toMatchObject({ code: 403, reason: "Forbidden" });
    expect(refusal.message).toBe(
      'deployments.apps "web" is forbidden: User "system:serviceaccount:holdfast:triage" cannot patch resource "deployments" in API group "apps" in the namespace "shop"',
    );
    expect(
      (await refusalOf(triage.core.deleteNamespacedPod({ namespace: "shop", name: (await webPod()).name }))).code,
    ).toBe(403);
    expect((await refusalOf(triage.core.listPodForAllNamespaces())).code).toBe(403);
  });

  test("a real write of policy is forbidden, its dry run is not", async () => {
    const refusal = await refusalOf(
      policy.apps.patchNamespacedDeployment({ ...web, body: restart("now") }, JSON_PATCH),
    );
    expect(refusal.code).toBe(403);
    expect(refusal.message).toContain("policy may only dry-run");
    const rehearsed = await policy.apps.patchNamespacedDeployment(
      { ...web, body: restart("now"), dryRun: "All" },
      JSON_PATCH,
    );
    expect(rehearsed.spec?.template.metadata?.annotations).toEqual({ "kubectl.kubernetes.io/restartedAt": "now" });
    const { name, uid } = await webPod();
    expect(
      (await refusalOf(policy.core.deleteNamespacedPod({ namespace: "shop", name, body: { preconditions: { uid } } })))
        .code,
    ).toBe(403);
    await policy.core.deleteNamespacedPod({
      namespace: "shop",
      name,
      body: { preconditions: { uid }, dryRun: ["All"] },
    });
  });

  test("executor and policy read deployments by name alone, and the identity of the cluster", async () => {
    expect((await executor.apps.readNamespacedDeployment(web)).metadata?.name).toBe("web");
    expect((await refusalOf(executor.apps.listNamespacedDeployment({ namespace: "shop" }))).code).toBe(403);
    const uids = await Promise.all(
      [triage, policy, executor].map(
        async ({ core }) => (await core.readNamespace({ name: "kube-system" })).metadata?.uid,
      ),
    );
    expect(new Set(uids).size).toBe(1);
    expect((await refusalOf(executor.core.readNamespace({ name: "shop" }))).code).toBe(403);
  });

  test("self reviews say what RBAC does", async () => {
    const may = async (clients: Clients, attributes: object): Promise<boolean> =>
      (await clients.reviews.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: attributes } } }))
        .status?.allowed ?? false;
    const patch = { group: "apps", resource: "deployments", verb: "patch", namespace: "shop", name: "web" };
    expect(await may(executor, patch)).toBe(true);
    expect(await may(triage, patch)).toBe(false);
    expect(await may(executor, { ...patch, name: "other" })).toBe(false);
    expect(await may(executor, { group: "", resource: "secrets", verb: "get", namespace: "shop" })).toBe(false);
    expect(
      await may(executor, { group: "coordination.k8s.io", resource: "leases", verb: "create", namespace: "holdfast" }),
    ).toBe(true);
    expect(
      await may(policy, { group: "coordination.k8s.io", resource: "leases", verb: "create", namespace: "holdfast" }),
    ).toBe(false);
    const rules = await executor.reviews.createSelfSubjectRulesReview({ body: { spec: { namespace: "shop" } } });
    expect(rules.status?.incomplete).toBe(false);
    expect(rules.status?.resourceRules).toContainEqual({
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: ["web", "cart"],
      verbs: ["get", "patch"],
    });
    const self = await executor.who.createSelfSubjectReview({ body: {} });
    expect(self.status?.userInfo?.username).toBe("system:serviceaccount:holdfast:executor");
  });
});

describe("preconditions and dry runs", () => {
  test("a failed test refuses the whole patch, and an absent field equals null", async () => {
    const { metadata, spec } = await executor.apps.readNamespacedDeployment(web);
    const scale = (tests: object[]): Promise<unknown> =>
      executor.apps.patchNamespacedDeployment(
        { ...web, body: [...tests, { op: "replace", path: "/spec/replicas", value: spec?.replicas }] },
        JSON_PATCH,
      );
    await scale([
      { op: "test", path: "/metadata/uid", value: metadata?.uid },
      { op: "test", path: "/spec/paused", value: null },
    ]);
    const refusal = await refusalOf(scale([{ op: "test", path: "/metadata/uid", value: "another" }]));
    expect(refusal).toEqual({
      code: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    });
    expect((await refusalOf(scale([{ op: "test", path: "/spec/paused", value: false }]))).code).toBe(422);
    expect((await refusalOf(scale([{ op: "test", path: "/nothing/here", value: null }]))).code).toBe(422);
  });

  test("a pod of another uid is not deleted, and the message has both", async () => {
    const { name, uid } = await webPod();
    const refusal = await refusalOf(
      executor.core.deleteNamespacedPod({ namespace: "shop", name, body: { preconditions: { uid: "another" } } }),
    );
    expect(refusal).toMatchObject({ code: 409, reason: "Conflict" });
    expect(refusal.message).toContain("another");
    expect(refusal.message).toContain(uid);
  });

  test("a dry run answers as the change would, and changes nothing", async () => {
    const before = await executor.apps.readNamespacedDeployment(web);
    const writes = sandbox.writes().length;
    const rehearsed = await executor.apps.patchNamespacedDeployment(
      { ...web, body: restart("dry"), dryRun: "All" },
      JSON_PATCH,
    );
    expect(rehearsed.metadata?.generation).toBe((before.metadata?.generation ?? 0) + 1);
    expect(await executor.apps.readNamespacedDeployment(web)).toEqual(before);
    const { name } = await webPod();
    await executor.core.deleteNamespacedPod({ namespace: "shop", name, body: { dryRun: ["All"] } });
    expect(
      (await executor.core.readNamespacedPod({ namespace: "shop", name })).metadata?.deletionTimestamp,
    ).toBeUndefined();
    expect(sandbox.writes()).toHaveLength(writes);
  });

  test("a dry run in the query of a delete that has a body is not read: the pod goes", async () => {
    const { name, uid } = await webPod();
    await executor.core.deleteNamespacedPod({ namespace: "shop", name, dryRun: "All", body: {} });
    await eventually(async () => {
      const { items } = await executor.core.listNamespacedPod({ namespace: "shop" });
      return items.every((pod) => pod.metadata?.uid !== uid) ? true : undefined;
    }, "the pod is gone");
  });

  test("a field that the kind does not have is refused where Strict is asked for, else dropped", async () => {
    const body = [{ op: "add", path: "/spec/replica", value: 2 }];
    const refusal = await refusalOf(
      executor.apps.patchNamespacedDeployment({ ...web, body, dryRun: "All", fieldValidation: "Strict" }, JSON_PATCH),
    );
    expect(refusal.code).toBe(422);
    expect(refusal.message).toContain('unknown field "spec.replica"');
    const answer: unknown = await executor.raw.patchNamespacedCustomObject(
      { group: "apps", version: "v1", plural: "deployments", ...web, body, dryRun: "All" },
      JSON_PATCH,
    );
    expect(answer).not.toHaveProperty("spec.replica");
  });

  test("what makes no sense for the kind is refused with the field", async () => {
    const refused = (body: object[]): Promise<{ code: number; message: string }> =>
      refusalOf(executor.apps.patchNamespacedDeployment({ ...web, body, dryRun: "All" }, JSON_PATCH));
    expect((await refused([{ op: "replace", path: "/spec/replicas", value: -1 }])).message).toContain("spec.replicas");
    expect((await refused([{ op: "replace", path: "/spec/selector/matchLabels/app", value: "x" }])).message).toContain(
      "field is immutable",
    );
    expect((await refused([{ op: "remove", path: "/spec/template/spec/containers/0/image" }])).message).toContain(
      "image: Required value",
    );
    expect((await refused([{ op: "replace", path: "/spec/replicas", value: "two" }])).code).toBe(422);
  });
});

describe("objects", () => {
  test("the generation moves with the spec, the version with everything", async () => {
    const before = await executor.apps.readNamespacedDeployment(web);
    const scaled = await executor.apps.patchNamespacedDeploymentScale(
      {
        ...web,
        body: [
          { op: "test", path: "/spec/replicas", value: 3 },
          { op: "replace", path: "/spec/replicas", value: 4 },
        ],
      },
      JSON_PATCH,
    );
    expect(scaled.spec?.replicas).toBe(4);
    const after = await eventually(async () => {
      const read = await executor.apps.readNamespacedDeployment(web);
      return read.status?.availableReplicas === 4 ? read : undefined;
    }, "four available pods");
    expect(after.metadata?.generation).toBe((before.metadata?.generation ?? 0) + 1);
    expect(Number(after.metadata?.resourceVersion)).toBeGreaterThan(Number(scaled.metadata?.resourceVersion));
    const stale = executor.apps.patchNamespacedDeploymentScale(
      { ...web, body: [{ op: "test", path: "/spec/replicas", value: 3 }] },
      JSON_PATCH,
    );
    expect((await refusalOf(stale)).code).toBe(422);
    await executor.apps.patchNamespacedDeploymentScale({ ...web, body: { spec: { replicas: 3 } } }, MERGE_PATCH);
    await untilHealthy(sandbox);
  });

  test("a strategic merge changes one container and keeps the rest", async () => {
    const body = {
      spec: { template: { spec: { containers: [{ name: "web", resources: { limits: { memory: "512Mi" } } }] } } },
    };
    const changed = await executor.apps.patchNamespacedDeployment(
      { ...web, body, dryRun: "All", fieldValidation: "Strict" },
      STRATEGIC_PATCH,
    );
    expect(changed.spec?.template.spec?.containers[0]).toMatchObject({
      name: "web",
      image: "registry.example/shop/web:5.12.0",
      resources: { limits: { memory: "512Mi" } },
    });
  });

  test("a claim is created once among twenty", async () => {
    const claim = (n: number): Promise<string> =>
      executor.leases
        .createNamespacedLease({
          namespace: "holdfast",
          body: { metadata: { name: "proposal-1" }, spec: { holderIdentity: `executor-${n}` } },
        })
        .then((lease) => lease.spec?.holderIdentity ?? "");
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => claim(n)));
    const won = answers.filter((answer) => answer.status === "fulfilled");
    expect(won).toHaveLength(1);
    expect(
      (await executor.leases.readNamespacedLease({ namespace: "holdfast", name: "proposal-1" })).spec?.holderIdentity,
    ).toBe(won[0]?.value);
    expect(await refusalOf(claim(21))).toMatchObject({ code: 409, reason: "AlreadyExists" });
    expect(
      (await refusalOf(executor.leases.readNamespacedLease({ namespace: "holdfast", name: "no-claim" }))).code,
    ).toBe(404);
    expect(
      (await refusalOf(executor.leases.deleteNamespacedLease({ namespace: "holdfast", name: "proposal-1" }))).code,
    ).toBe(403);
  });

  test("what nobody has is an empty list", async () => {
    expect((await triage.apps.listNamespacedStatefulSet({ namespace: "shop" })).items).toEqual([]);
    expect((await executor.apps.listNamespacedControllerRevision({ namespace: "shop" })).items).toEqual([]);
  });

  test("a list is read page by page", async () => {
    const first = await executor.core.listNamespacedPod({ namespace: "shop", limit: 2 });
    expect(first.items).toHaveLength(2);
    const _continue = first.metadata?._continue ?? "";
    const rest = await executor.core.listNamespacedPod({ namespace: "shop", limit: 100, _continue });
    const names = [...first.items, ...rest.items].map((pod) => pod.metadata?.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(5);
  });

  test("a selector that is not known is refused, since an empty answer would say that there is none", async () => {
    expect(
      (await refusalOf(triage.core.listNamespacedPod({ namespace: "shop", fieldSelector: "spec.nothing=1" }))).code,
    ).toBe(400);
  });

  test("a container that never ended has no previous log", async () => {
    const { name } = await webPod();
    const refusal = await refusalOf(triage.core.readNamespacedPodLog({ namespace: "shop", name, previous: true }));
    expect(refusal).toMatchObject({
      code: 400,
      message: `previous terminated container "web" in pod "${name}" not found`,
    });
    expect(await triage.core.readNamespacedPodLog({ namespace: "shop", name, tailLines: 1 })).toMatch(/^[^\n]+\n$/);
    expect(await triage.core.readNamespacedPodLog({ namespace: "shop", name, limitBytes: 10 })).toHaveLength(10);
  });

  test("a watch tells what was missed since a version, and what happens", async () => {
    await untilHealthy(sandbox);
    const { metadata } = await triage.core.listNamespacedPod({ namespace: "shop" });
    const { name } = await webPod();
    await executor.core.deleteNamespacedPod({ namespace: "shop", name });
    const seen: string[] = [];
    const { Watch } = await import("@kubernetes/client-node");
    const stopped = await new Watch(triage.config).watch(
      "/api/v1/namespaces/shop/pods",
      { resourceVersion: metadata?.resourceVersion, labelSelector: "app=web" },
      (type: string, object: { metadata?: { name?: string } }) => seen.push(`${type} ${object.metadata?.name ?? ""}`),
      () => undefined,
    );
    await eventually(
      () => (seen.includes(`DELETED ${name}`) && seen.some((line) => line.startsWith("ADDED ")) ? true : undefined),
      "the deletion and the replacement",
    );
    stopped.abort();
  });

  test("what a manager changed is recorded under its name", async () => {
    const patched = await executor.apps.patchNamespacedDeployment(
      { ...web, body: restart("managed"), dryRun: "All", fieldManager: "holdfast" },
      JSON_PATCH,
    );
    expect(patched.metadata?.managedFields?.map((entry) => entry.manager)).toContain("holdfast");
  });

  test("writes and requests are on record with who made them", async () => {
    await admin.core.patchNode({ name: "node-1", body: { metadata: { labels: { seen: "yes" } } } }, MERGE_PATCH);
    expect(sandbox.writes().at(-1)).toMatchObject({ user: "sandbox-admin", method: "PATCH", code: 200 });
    expect(sandbox.requests().at(-1)).toMatchObject({ user: "sandbox-admin", method: "PATCH", code: 200 });
  });
});
