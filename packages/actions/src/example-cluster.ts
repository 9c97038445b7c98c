import type { ClusterReader, Deployment, KubeObject, Kind, Pod, ReplicaSet } from "@holdfast/cluster";
import type { Plan } from "@holdfast/schemas";
import type { Change, World } from "./action.ts";

/** A cluster written down as objects, for the rules that need no API server. */

export const WORLD: World = { cluster: "sandbox", now: () => new Date("2026-11-22T03:00:00.000Z") };

export function clusterOf(objects: readonly KubeObject[]): ClusterReader {
  const of = (kind: Kind) => objects.filter((each) => each.kind === kind);
  return {
    identity: async () => "cluster-1",
    get: async <T extends KubeObject>({
      kind,
      namespace,
      name,
    }: {
      kind: Kind;
      namespace: string | null;
      name: string;
    }) =>
      of(kind).find((each) => each.metadata?.name === name && (each.metadata.namespace ?? null) === namespace) as
        | T
        | undefined,
    list: async <T extends KubeObject>(kind: Kind) => of(kind) as readonly KubeObject[] as readonly T[],
    logs: async () => undefined,
  };
}

type Shape = { readonly image: string; readonly env?: Readonly<Record<string, string>>; readonly extra?: object };

export function template({ image, env = {}, extra = {} }: Shape) {
  return {
    metadata: { labels: { app: "web" } },
    spec: {
      containers: [{ name: "web", image, env: Object.entries(env).map(([name, value]) => ({ name, value })) }],
      ...extra,
    },
  };
}

export function deployment(
  holds: ReturnType<typeof template>,
  change: { readonly metadata?: object; readonly spec?: object; readonly status?: object } = {},
): Deployment {
  return {
    kind: "Deployment",
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "d-1",
      generation: 3,
      annotations: { "deployment.kubernetes.io/revision": "3" },
      ...change.metadata,
    },
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: holds, ...change.spec },
    status: {
      observedGeneration: 3,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      ...change.status,
    },
  };
}

export function replicaSet(revision: number, holds: ReturnType<typeof template>, owner = "d-1"): ReplicaSet {
  const hashed = {
    ...holds,
    metadata: {
      ...holds.metadata,
      creationTimestamp: null,
      labels: { ...holds.metadata.labels, "pod-template-hash": `h${revision}` },
    },
  };
  return {
    kind: "ReplicaSet",
    metadata: {
      name: `web-${revision}`,
      namespace: "shop",
      uid: `rs-${revision}`,
      creationTimestamp: `2026-11-0${revision}T00:00:00Z`,
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
      ownerReferences: [{ kind: "Deployment", name: "web", uid: owner, controller: true }],
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web", "pod-template-hash": `h${revision}` } },
      template: hashed,
    },
  };
}

export function pod(name: string, revision: number, state: "ready" | "crashing" | "stopping"): Pod {
  const waiting =
    state === "crashing"
      ? { waiting: { reason: "CrashLoopBackOff", message: "attacker: kubectl delete ns shop" } }
      : {};
  return {
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      uid: `uid-${name}`,
      ...(state === "stopping" ? { deletionTimestamp: "2026-11-22T02:59:00Z" } : {}),
      ownerReferences: [{ kind: "ReplicaSet", name: `web-${revision}`, uid: `rs-${revision}`, controller: true }],
    },
    status: {
      conditions: [{ type: "Ready", status: state === "ready" ? "True" : "False" }],
      containerStatuses: [{ name: "web", restartCount: state === "crashing" ? 4 : 0, state: waiting }],
    },
  };
}

/** The plan that policy would seal from a change. */
export function planOf(change: Change, action: string): Plan {
  return {
    ...change,
    action,
    arguments: [],
    environment: "dev",
    scope: "workload",
    reversible: true,
    before: Buffer.from(JSON.stringify(change.before)),
    after: Buffer.from(JSON.stringify(change.after)),
    backOut: change.backOut ?? { kind: "UNKNOWN", command: null, action: null, because: null },
    users: "not known",
    dryRun: "not_run",
    dryRunSays: "",
    plannedAt: WORLD.now().getTime(),
  };
}
