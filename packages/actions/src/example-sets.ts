import type { ControllerRevision, DaemonSet, Pod, StatefulSet } from "@holdfast/cluster";
import { pod, type template } from "./example-cluster.ts";

/** A StatefulSet and a DaemonSet written down, with what their controllers keep. */

type Holds = ReturnType<typeof template>;
type Moved = { readonly metadata?: object; readonly spec?: object; readonly status?: object };

export function statefulSet(holds: Holds, change: Moved = {}): StatefulSet {
  return {
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "shop", uid: "s-1", generation: 3, ...change.metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: holds,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      ...change.spec,
    },
    status: {
      observedGeneration: 3,
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 3,
      currentRevision: "db-3",
      updateRevision: "db-3",
      ...change.status,
    },
  };
}

export function daemonSet(holds: Holds, change: Moved = {}): DaemonSet {
  return {
    kind: "DaemonSet",
    metadata: { name: "db", namespace: "shop", uid: "s-1", generation: 3, ...change.metadata },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: holds,
      updateStrategy: { type: "RollingUpdate" },
      ...change.spec,
    },
    status: {
      observedGeneration: 3,
      desiredNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
      ...change.status,
    },
  };
}

export function controllerRevision(revision: number, holds: Holds, owner = "s-1"): ControllerRevision {
  return {
    kind: "ControllerRevision",
    metadata: {
      name: `db-${revision}`,
      namespace: "shop",
      creationTimestamp: `2026-11-0${revision}T00:00:00Z`,
      ownerReferences: [{ kind: "StatefulSet", name: "db", uid: owner, controller: true }],
    },
    data: { spec: { template: { ...holds, $patch: "replace" } } },
    revision,
  };
}

/** @param hash as the kind labels its pods: the revision's whole name, or its end. */
export function setPod(name: string, hash: string, state: "ready" | "crashing" | "stopping"): Pod {
  const made = pod(name, 1, state);
  return {
    ...made,
    metadata: {
      ...made.metadata,
      labels: { "controller-revision-hash": hash },
      ownerReferences: [{ kind: "StatefulSet", name: "db", uid: "s-1", controller: true }],
    },
  };
}
