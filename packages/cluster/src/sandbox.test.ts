import { openSandbox, type IdentityName, type Sandbox } from "@holdfast/sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCluster, undeclaredRights, type Cluster, type Pod, type Right } from "./index.ts";

/** The port on the simulated cluster, with the credentials that the services have. */

const IDENTITIES = ["triage", "policy", "executor", "admin"] as const;
const NAMESPACES = ["shop", "payments", "prod-shop", "holdfast", "kube-system"];

let sandbox: Sandbox;
let clusters: Readonly<Record<IdentityName, Cluster>>;

beforeAll(async () => {
  sandbox = await openSandbox();
  const open = (name: IdentityName) =>
    openCluster({
      access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens[name] },
      service: name,
      version: "0.1.0",
      timeoutMs: 10_000,
    });
  clusters = { triage: open("triage"), policy: open("policy"), executor: open("executor"), admin: open("admin") };
});

afterAll(async () => {
  for (const name of IDENTITIES) await clusters[name].close();
  await sandbox[Symbol.asyncDispose]();
});

test("of many who claim at once, one creates and the others find it taken", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) => clusters.executor.claims.create("p-1", `executor-${index}`, undefined)),
  );
  expect(outcomes.filter((each) => each === "created")).toHaveLength(1);
  expect(await clusters.executor.claims.look("p-1")).toMatchObject({
    holder: `executor-${outcomes.indexOf("created")}`,
    refused: undefined,
  });
  expect(Math.abs(((await clusters.executor.claims.look("p-1"))?.createdAt ?? 0) - Date.now())).toBeLessThan(120_000);
});

test("only the executor may claim", async () => {
  await expect(clusters.policy.claims.create("p-2", "policy", undefined)).rejects.toThrow("403 Forbidden");
});

test("each credential is somebody else of the same cluster", async () => {
  const users = await Promise.all(
    [clusters.triage, clusters.policy, clusters.executor].map((each) => each.selfReview.user()),
  );
  expect(users).toEqual(["triage", "policy", "executor"].map((name) => `system:serviceaccount:holdfast:${name}`));
  expect(await clusters.policy.reader.identity()).toBe(await clusters.executor.reader.identity());
});

const DELETE_PODS: Right = { verb: "delete", group: "", resource: "pods" };
const CLAIM: Right = { verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: "holdfast" };

test.each([
  ["triage", []],
  ["policy", [DELETE_PODS]],
  ["executor", [DELETE_PODS, CLAIM]],
] as const)("%s holds no more than it declares", async (name, declared) => {
  expect(await undeclaredRights(clusters[name].selfReview, declared, NAMESPACES)).toEqual([]);
  for (const right of declared)
    expect(
      await undeclaredRights(
        clusters[name].selfReview,
        declared.filter((each) => each !== right),
        NAMESPACES,
      ),
    ).not.toEqual([]);
});

test("an administrator's credential is found out", async () => {
  expect(await undeclaredRights(clusters.admin.selfReview, [DELETE_PODS, CLAIM], [])).toContain(
    "This credential may * *.* in the whole cluster, and its service does not need it: take that right away.",
  );
});

test("a crashed container has a previous log, one that never crashed has none, and the events of a pod are found by its uid", async () => {
  await sandbox.break("bad-rollout");
  const pods = await clusters.triage.reader.list<Pod>("Pod", { namespace: "payments" });
  const pod = pods.find((each) =>
    (each.status?.containerStatuses ?? []).some((status) => (status.restartCount ?? 0) > 0),
  );
  const log = (name: string, previous: boolean) =>
    clusters.triage.reader.logs({
      namespace: "payments",
      pod: name,
      container: "api",
      previous,
      tailLines: 20,
      limitBytes: 10_000,
    });
  expect(await log(pod?.metadata?.name ?? "", true)).toContain("FATAL: PAYMENTS_DSN is not set");
  const steady = pods.find((each) =>
    (each.status?.containerStatuses ?? []).every((status) => (status.restartCount ?? 0) === 0),
  );
  expect(await log(steady?.metadata?.name ?? "", true)).toBeUndefined();
  const events = await clusters.triage.reader.list("Event", {
    namespace: "payments",
    fieldSelector: `involvedObject.uid=${pod?.metadata?.uid}`,
  });
  expect(events.length).toBeGreaterThan(0);
});
