import type { ClusterReader, KubeObject, ListOptions } from "@holdfast/cluster";
import type { Target } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { openFactReader } from "./read-facts.ts";
import { resolveOwner } from "./read-owner.ts";
import { openRedactor } from "@holdfast/redact";
import { anAlert, CLUSTER, targets } from "./testing.ts";

type Parts = { readonly [Name in keyof ClusterReader]?: ClusterReader[Name] };

const refused = async (): Promise<never> => {
  throw new Error("The API server answered 403 Forbidden.");
};

function readerOf(parts: Parts): ClusterReader {
  return {
    identity: async () => "uid",
    get: async () => undefined,
    list: async () => [],
    logs: async () => undefined,
    ...parts,
  };
}

/** A cluster of objects by `kind namespace/name`, and lists by kind. */
function clusterOf(
  objects: Readonly<Record<string, KubeObject>>,
  lists: Readonly<Record<string, readonly unknown[]>> = {},
  parts: Parts = {},
): ClusterReader {
  return readerOf({
    get: async <T extends KubeObject>({ kind, namespace, name }: Parameters<ClusterReader["get"]>[0]) =>
      objects[`${kind} ${namespace ?? ""}/${name}`] as T | undefined,
    list: async <T extends KubeObject>(kind: string, _options: ListOptions) => (lists[kind] ?? []) as readonly T[],
    ...parts,
  });
}

const owner = (kind: string, name: string) => ({
  ownerReferences: [{ kind, name, uid: `uid-${name}`, controller: true }],
});
const DEPLOYMENT = {
  kind: "Deployment",
  metadata: { name: "api", namespace: "payments", uid: "uid-api" },
  spec: {
    selector: {
      matchLabels: { app: "api" },
      matchExpressions: [{ key: "tier", operator: "In", values: ["web", "edge"] }],
    },
  },
};
const SET = { metadata: { name: "api-58", uid: "uid-api-58", ...owner("Deployment", "api") } };
const crashed = (name: string) => ({
  metadata: { name, uid: `uid-${name}`, ...owner("ReplicaSet", "api-58") },
  spec: { nodeName: "node-1", containers: [{ name: "api", env: [{ name: "DSN", value: "plain-text" }] }] },
  status: { containerStatuses: [{ name: "api", restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } } }] },
});

const API: Target = { cluster: CLUSTER, namespace: "payments", kind: "Deployment", name: "api", uid: null };
const KNOWN = { restartedAt: undefined, sharedDependencies: new Set<string>() };
const never = new AbortController().signal;
const read = (reader: ClusterReader, target = API, namespaces: readonly string[] = []) =>
  openFactReader(reader, openRedactor([]), () => 1_000, namespaces)(target, KNOWN, never);

describe("reading the facts of a workload", () => {
  const lists = {
    ReplicaSet: [SET, { metadata: { name: "other", ...owner("Deployment", "other") } }],
    Pod: [crashed("api-58-a"), { metadata: { name: "stray", ...owner("ReplicaSet", "other") } }],
    Event: [{ involvedObject: { name: "api-58-a" }, message: "x" }, { involvedObject: { name: "stray" } }],
  };

  test("only what the workload controls is read, and each read carries its time and the question", async () => {
    const facts = await read(clusterOf({ "Deployment payments/api": DEPLOYMENT }, lists));
    expect(facts.target.uid).toBe("uid-api");
    expect([facts.replicaSets, facts.pods, facts.events].map(({ of }) => of.length)).toEqual([1, 1, 1]);
    expect(facts.pods).toMatchObject({
      readAt: 1_000,
      query: "kubectl -n payments get pods -l 'app=api,tier in (web,edge)'",
    });
    expect(facts.gaps).toEqual([]);
  });

  test("no value of an environment variable leaves it", async () => {
    const facts = await read(clusterOf({ "Deployment payments/api": DEPLOYMENT }, lists));
    expect(facts.pods.of[0]?.spec?.containers).toEqual([{ name: "api", env: [{ name: "DSN" }] }]);
    expect(JSON.stringify(facts)).not.toContain("plain-text");
  });

  test("a log is redacted, its hidden characters are shown, and at most three are read", async () => {
    let asked = 0;
    const logs: ClusterReader["logs"] = async () => ((asked += 1), "password=hunter22hunter22\n\u001b[31mFATAL");
    const facts = await read(
      clusterOf(
        { "Deployment payments/api": DEPLOYMENT },
        { ...lists, Pod: ["a", "b", "c", "d", "e"].map((name) => crashed(name)) },
        { logs },
      ),
    );
    expect(facts.logs.map(({ of }) => of)).toEqual(
      Array.from({ length: 3 }, () => "password=[redacted:key-value]\n\\u{1b}[31mFATAL"),
    );
    expect(asked).toBe(3);
  });

  test("the last line of a log that was cut is dropped, for it may hold half a secret", async () => {
    const logs: ClusterReader["logs"] = async ({ limitBytes }) => `${"x".repeat(limitBytes - 11)}\nAKIAABCDEF`;
    const facts = await read(clusterOf({ "Deployment payments/api": DEPLOYMENT }, lists, { logs }));
    expect(facts.logs[0]?.of).not.toContain("AKIA");
  });

  test("what may not be read is a gap with its reason, and the rest is read all the same", async () => {
    const facts = await read(
      clusterOf({ "Deployment payments/api": DEPLOYMENT }, lists, {
        logs: refused,
        list: async <T extends KubeObject>(kind: string) =>
          kind === "Event" ? refused() : ((lists[kind as "Pod"] ?? []) as readonly KubeObject[] as readonly T[]),
      }),
    );
    expect(facts.pods.of).toHaveLength(1);
    expect(facts.gaps.map(({ query }) => query)).toEqual([
      "kubectl -n payments get events",
      "kubectl -n payments logs api-58-a -c api --previous --tail=60",
    ]);
    expect(facts.gaps[0]?.why).toContain("403");
  });

  test("a workload that does not exist leaves nothing to judge", async () => {
    const facts = await read(clusterOf({}));
    expect([facts.deployment, facts.pods.of, facts.gaps]).toEqual([undefined, [], []]);
  });

  test("it ends when it is told to", async () => {
    await expect(
      openFactReader(clusterOf({}), openRedactor([]), Date.now)(API, KNOWN, AbortSignal.abort(new Error("stop"))),
    ).rejects.toThrow("stop");
  });
});

test("the pods of a node are read where the credential may, namespace by namespace", async () => {
  const asked: ListOptions[] = [];
  const list: ClusterReader["list"] = async (_kind, options) => (asked.push(options), []);
  await read(
    clusterOf({ "Node /node-3": { metadata: { name: "node-3", uid: "u" } } }, {}, { list }),
    { ...API, namespace: null, kind: "Node", name: "node-3" },
    ["shop", "payments"],
  );
  expect(asked.map(({ namespace, fieldSelector }) => [namespace, fieldSelector])).toEqual([
    ["shop", "spec.nodeName=node-3"],
    ["payments", "spec.nodeName=node-3"],
  ]);
});

describe("reading what else a signature judges", () => {
  const at = (kind: string, name: string): Target => ({ ...API, kind, name });
  const job = (name: string, by = "nightly") => ({ metadata: { name, uid: `uid-${name}`, ...owner("CronJob", by) } });
  const podOf = (name: string, kind: string, by: string, status: object = {}) => ({
    metadata: { name, uid: `uid-${name}`, ...owner(kind, by) },
    spec: { containers: [{ name: "run" }] },
    status,
  });
  const SELECTOR = { spec: { selector: { matchLabels: { app: "db" } } } };

  test("of a StatefulSet its own revisions and pods", async () => {
    const set = { metadata: { name: "db", uid: "uid-db" }, ...SELECTOR };
    const revisions = [{ metadata: { name: "db-1", ...owner("StatefulSet", "db") } }, { metadata: { name: "stray" } }];
    const facts = await read(
      clusterOf(
        { "StatefulSet payments/db": set },
        { ControllerRevision: revisions, Pod: [podOf("db-0", "StatefulSet", "db"), podOf("x", "ReplicaSet", "y")] },
      ),
      at("StatefulSet", "db"),
    );
    expect([facts.revisions, facts.pods].map(({ of }) => of.map((one) => one.metadata?.name))).toEqual([
      ["db-1"],
      ["db-0"],
    ]);
    expect(facts.gaps).toEqual([]);
  });

  test("of a Deployment the autoscalers that scale it, and no others", async () => {
    const scales = (name: string, kind = "Deployment") => ({
      metadata: { name },
      spec: { scaleTargetRef: { kind, name: "api" } },
    });
    const list = [scales("api"), scales("set", "StatefulSet"), { metadata: { name: "bare" }, spec: null }];
    const facts = await read(clusterOf({ "Deployment payments/api": DEPLOYMENT }, { HorizontalPodAutoscaler: list }));
    expect(facts.autoscalers.of.map(({ metadata }) => metadata?.name)).toEqual(["api"]);
  });

  test("of a CronJob its Jobs, their pods, and the last log of a pod that failed for good", async () => {
    const asked: boolean[] = [];
    const logs: ClusterReader["logs"] = async ({ previous }) => (asked.push(previous), "exit 1");
    const status = { phase: "Failed", containerStatuses: [{ name: "run", state: { terminated: { exitCode: 1 } } }] };
    const facts = await read(
      clusterOf(
        { "CronJob payments/nightly": { metadata: { name: "nightly", uid: "uid-nightly" } } },
        {
          Job: [job("nightly-1"), job("other-1", "other")],
          Pod: [podOf("nightly-1-x", "Job", "nightly-1", status), podOf("other-1-x", "Job", "other-1", status)],
          Event: [{ involvedObject: { name: "nightly" } }, { involvedObject: { name: "other" } }],
        },
        { logs },
      ),
      at("CronJob", "nightly"),
    );
    expect([facts.jobs, facts.pods, facts.events].map(({ of }) => of.length)).toEqual([1, 1, 1]);
    expect(facts.logs.map(({ pod, query }) => [pod, query])).toEqual([
      ["nightly-1-x", "kubectl -n payments logs nightly-1-x -c run --tail=60"],
    ]);
    expect(asked).toEqual([false]);
  });

  test("of an autoscaler the pods that it scales", async () => {
    const web = { metadata: { name: "web", uid: "u" }, spec: { scaleTargetRef: { kind: "Deployment", name: "api" } } };
    const facts = await read(
      clusterOf(
        { "HorizontalPodAutoscaler payments/web": web, "Deployment payments/api": DEPLOYMENT },
        { ReplicaSet: [SET], Pod: [crashed("api-58-a")] },
      ),
      at("HorizontalPodAutoscaler", "web"),
    );
    expect(facts.autoscalers.of.map(({ metadata }) => metadata?.name)).toEqual(["web"]);
    expect(facts.pods.of).toHaveLength(1);
    expect(facts.deployment).toBeUndefined();
  });

  test("the nodes that take no pods are read only where a pod finds no place", async () => {
    const nodes = [{ metadata: { name: "node-1" } }, { metadata: { name: "node-2" }, spec: { unschedulable: true } }];
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/2" }];
    const placed = podOf("api-58-a", "ReplicaSet", "api-58");
    const cordoned = async (pod: unknown) =>
      (
        await read(clusterOf({ "Deployment payments/api": DEPLOYMENT }, { ReplicaSet: [SET], Pod: [pod], Node: nodes }))
      ).cordoned.of.map(({ metadata }) => metadata?.name);
    expect(await cordoned(podOf("api-58-a", "ReplicaSet", "api-58", { phase: "Pending", conditions }))).toEqual([
      "node-2",
    ]);
    expect(await cordoned(placed)).toEqual([]);
  });
});

describe("from a pod to the workload that controls it", () => {
  const aim = targets.aim(
    anAlert({ alertname: "KubePodCrashLooping", namespace: "payments", pod: "api-58-a" }),
    CLUSTER,
  );
  const objects = { "Pod payments/api-58-a": crashed("api-58-a"), "ReplicaSet payments/api-58": SET };

  test("the deployment is the target, so that the alerts of all its pods and its own are one incident", async () => {
    const resolved = await resolveOwner(clusterOf(objects), aim, never);
    expect(resolved.target).toEqual(API);
    expect(resolved.correlation).toEqual(
      targets.aim(
        anAlert({ alertname: "KubeDeploymentRolloutStuck", namespace: "payments", deployment: "api" }),
        CLUSTER,
      ).correlation,
    );
  });

  test.for([
    ["the pod is gone", clusterOf({})],
    ["nobody controls it", clusterOf({ "Pod payments/api-58-a": { metadata: { name: "api-58-a" } } })],
    ["the cluster does not answer", readerOf({ get: refused })],
  ] as const)("the pod itself is the target where %s", async ([, reader]) => {
    expect((await resolveOwner(reader, aim, never)).target).toMatchObject({ kind: "Pod", name: "api-58-a" });
  });

  test("an alert about a Job is about the CronJob that makes it, and one that nothing schedules about itself", async () => {
    const aimed = targets.aim(
      anAlert({ alertname: "KubeJobFailed", namespace: "payments", job_name: "nightly-1" }),
      CLUSTER,
    );
    const scheduled = { "Job payments/nightly-1": { metadata: { name: "nightly-1", ...owner("CronJob", "nightly") } } };
    const alone = { "Job payments/nightly-1": { metadata: { name: "nightly-1" } } };
    const kindOf = async (of: Readonly<Record<string, KubeObject>>) =>
      (await resolveOwner(clusterOf(of), aimed, never)).target;
    expect(await kindOf(scheduled)).toMatchObject({ kind: "CronJob", name: "nightly" });
    expect(await kindOf(alone)).toMatchObject({ kind: "Job", name: "nightly-1" });
  });

  test("an owner that is not the controller is none", async () => {
    const object = {
      metadata: {
        name: "api-58-a",
        ownerReferences: [{ kind: "ReplicaSet", name: "api-58", uid: "u", controller: false }],
      },
    };
    expect((await resolveOwner(clusterOf({ "Pod payments/api-58-a": object }), aim, never)).target).toMatchObject({
      kind: "Pod",
    });
  });
});
