import type { Condition, ContainerStatus, Event, Node, Pod, ReplicaSet } from "@holdfast/cluster";
import type { LiveFacts } from "./facts.ts";
import type { DetailedContainer, DetailedPodSpec } from "./details.ts";
import { openRedactor } from "@holdfast/redact";
import { CLUSTER } from "./testing.ts";

/** 03:00 on a night in November. */
export const NOW = Date.UTC(2026, 10, 3, 3, 0);

export function minutesAgo(minutes: number): string {
  return new Date(NOW - minutes * 60_000).toISOString();
}

export type Sick = {
  readonly status: Partial<ContainerStatus>;
  readonly events?: readonly Omit<Event, "involvedObject">[];
  readonly unreadyMinutes?: number;
  /** What the scheduler says: then it is on no node, and no container of it has begun. */
  readonly unschedulable?: string;
};
export type PodPlan = {
  readonly name: string;
  readonly sick?: Sick;
  readonly node?: string;
  readonly limit?: string;
  readonly container?: Partial<DetailedContainer>;
  readonly spec?: DetailedPodSpec;
};
export type ReleasePlan = {
  readonly revision: number;
  readonly ageMinutes: number;
  readonly image: string;
  readonly pods: readonly PodPlan[];
};
type Plan = {
  readonly releases: readonly ReleasePlan[];
  readonly updated?: number;
  readonly log?: string;
  readonly nodes?: readonly Node[];
  readonly cordoned?: readonly Node[];
  readonly conditions?: readonly Condition[];
} & Partial<Pick<LiveFacts, "restartedAt" | "sharedDependencies" | "gaps">>;

const redactor = openRedactor([]);

/** The facts of deployment `api` of namespace `payments`, as the API server would have told them. */
export function factsOf({
  releases,
  updated,
  log,
  nodes = [],
  cordoned = [],
  conditions = [],
  restartedAt,
  sharedDependencies = new Set(),
  gaps = [],
}: Plan): LiveFacts {
  const sets: ReplicaSet[] = releases.map(setOf);
  const pods = releases.flatMap((release) => release.pods.map((pod) => podOf(release, pod)));
  const replicas = pods.length;
  const crashed = releases.flatMap((release) => release.pods).find(({ sick }) => sick !== undefined);
  return {
    target: { cluster: CLUSTER, namespace: "payments", kind: "Deployment", name: "api", uid: "uid-api" },
    now: NOW,
    deployment: {
      of: {
        metadata: { name: "api", uid: "uid-api", generation: 5 },
        spec: { replicas },
        status: { observedGeneration: 5, replicas, updatedReplicas: updated ?? replicas, conditions },
      },
      ...read("kubectl -n payments get deployment api"),
    },
    object: undefined,
    replicaSets: { of: sets, ...read("kubectl -n payments get replicasets") },
    revisions: NOTHING,
    jobs: NOTHING,
    autoscalers: NOTHING,
    pods: { of: pods, ...read("kubectl -n payments get pods") },
    events: {
      of: releases.flatMap((release) => release.pods.flatMap(eventsOf)),
      ...read("kubectl -n payments get events"),
    },
    nodes: { of: nodes, ...read("kubectl get nodes") },
    cordoned: { of: cordoned, ...read("kubectl get nodes") },
    logs:
      log === undefined || crashed === undefined
        ? []
        : [
            {
              pod: crashed.name,
              container: "api",
              of: redactor.text(log),
              ...read("kubectl -n payments logs --previous"),
            },
          ],
    gaps,
    restartedAt,
    sharedDependencies,
  };
}

export const NOTHING = { of: [], query: "", readAt: NOW };

export function read(query: string): { readonly query: string; readonly readAt: number } {
  return { query, readAt: NOW };
}

function setOf({ revision, ageMinutes, image }: ReleasePlan): ReplicaSet {
  return {
    metadata: {
      name: `api-${revision}`,
      uid: `uid-${revision}`,
      creationTimestamp: minutesAgo(ageMinutes),
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
      ownerReferences: [{ kind: "Deployment", name: "api", uid: "uid-api", controller: true }],
    },
    spec: { template: { spec: { containers: [{ name: "api", image }] } } },
  };
}

function podOf(
  { revision, image }: ReleasePlan,
  { name, sick, node = "node-1", limit = "256Mi", container, spec }: PodPlan,
): Pod {
  const healthy: ContainerStatus = {
    name: "api",
    image,
    ready: true,
    restartCount: 0,
    state: { running: { startedAt: minutesAgo(600) } },
  };
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      ownerReferences: [{ kind: "ReplicaSet", name: `api-${revision}`, uid: `uid-${revision}`, controller: true }],
    },
    spec: {
      nodeName: sick?.unschedulable === undefined ? node : null,
      containers: [{ name: "api", image, resources: limit === "" ? {} : { limits: { memory: limit } }, ...container }],
      ...spec,
    },
    status: {
      phase: sick?.unschedulable === undefined ? "Running" : "Pending",
      conditions: [
        ...placement(sick),
        {
          type: "Ready",
          status: sick === undefined ? "True" : "False",
          lastTransitionTime: minutesAgo(sick?.unreadyMinutes ?? 5),
        },
      ],
      containerStatuses:
        sick?.unschedulable !== undefined
          ? null
          : [sick === undefined ? healthy : { ...healthy, ready: false, ...sick.status }],
    },
  };
}

function placement(sick: Sick | undefined): readonly Condition[] {
  return sick?.unschedulable === undefined
    ? []
    : [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: sick.unschedulable }];
}

function eventsOf({ name, sick }: PodPlan): readonly Event[] {
  return (sick?.events ?? []).map((event) => ({
    ...event,
    involvedObject: { kind: "Pod", namespace: "payments", name, uid: `uid-${name}` },
  }));
}

export function crashLoop(minutes: number, { exitCode = 1, reason = "Error", restarts = 4 } = {}): Sick {
  return {
    status: {
      restartCount: restarts,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
      lastState: { terminated: { exitCode, reason, startedAt: minutesAgo(minutes), finishedAt: minutesAgo(minutes) } },
    },
    events: [
      {
        reason: "BackOff",
        type: "Warning",
        message: "Back-off restarting failed container",
        firstTimestamp: minutesAgo(minutes),
        lastTimestamp: minutesAgo(0),
        count: 9,
      },
    ],
  };
}

export function noImage(message: string, { waiting = "ImagePullBackOff" } = {}): Sick {
  return {
    status: {
      image: "acme/api:2.41.0",
      state: { waiting: { reason: waiting, message: 'Back-off pulling image "acme/api:2.41.0"' } },
    },
    events: [
      {
        reason: "Failed",
        type: "Warning",
        message,
        firstTimestamp: minutesAgo(4),
        lastTimestamp: minutesAgo(1),
        count: 5,
      },
    ],
  };
}

/** A container that waits, and never was. */
export function waits(reason: string, message: string, image = "acme/api:2.41.0"): Sick {
  return { status: { image, state: { waiting: { reason, message } } } };
}

export function unready(unreadyMinutes: number, { startedMinutes = 600 } = {}): Sick {
  return {
    status: { state: { running: { startedAt: minutesAgo(startedMinutes) } } },
    events: [
      {
        reason: "Unhealthy",
        type: "Warning",
        message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
        lastTimestamp: minutesAgo(0),
        count: 30,
      },
    ],
    unreadyMinutes,
  };
}

export function aNode(
  name: string,
  trouble?: { readonly type: string; readonly status: string },
  unschedulable = false,
): Node {
  const conditions = [
    { type: "MemoryPressure", status: "False" },
    { type: "Ready", status: "True" },
  ].map((condition) =>
    condition.type === trouble?.type
      ? { ...condition, ...trouble, reason: "NodeStatusUnknown", lastTransitionTime: minutesAgo(4) }
      : condition,
  );
  return { metadata: { name, uid: `uid-${name}` }, spec: { unschedulable }, status: { conditions } };
}

export function pods(prefix: string, count: number, sick?: Sick, node?: string): readonly PodPlan[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${index}`,
    ...(sick && { sick }),
    ...(node !== undefined && { node }),
  }));
}
