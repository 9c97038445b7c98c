import { randomBytes } from "node:crypto";
import { recordEvent } from "../events.ts";
import { timestamp } from "../kinds.ts";
import type { Pod, ReplicaSet } from "../kinds.ts";
import type { World } from "../world.ts";
import { controllerOf, safeText } from "./template.ts";

export function syncReplicaSets(world: World): void {
  for (const rs of world.store.list("replicasets")) syncReplicaSet(world, rs);
}

function syncReplicaSet(world: World, rs: ReplicaSet): void {
  const missing = (rs.spec.replicas ?? 0) - activePods(world, rs).length;
  for (let n = 0; n < missing; n += 1) createPod(world, rs);
  if (missing < 0) {
    for (const pod of activePods(world, rs).sort(leastMissed).slice(0, -missing)) deletePod(world, rs, pod);
  }
  const pods = activePods(world, rs);
  const ready = pods.filter(isReady).length;
  world.store.update("replicasets", rs, (draft) => {
    draft.status = {
      replicas: pods.length,
      ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: draft.metadata.generation ?? 1,
    };
  });
}

function activePods({ store }: World, rs: ReplicaSet): Pod[] {
  return store
    .list("pods", rs.metadata.namespace)
    .filter((pod) => controllerOf(pod) === rs.metadata.uid && pod.metadata.deletionTimestamp === undefined)
    .filter((pod) => pod.status.phase !== "Failed" && pod.status.phase !== "Succeeded");
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

/** The order in which the real controller takes pods away: not scheduled, not ready, restarted more, younger. */
function leastMissed(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  const restarts = (pod: Pod): number => pod.status.containerStatuses?.[0]?.restartCount ?? 0;
  const age = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp);
  return rank(a) - rank(b) || restarts(b) - restarts(a) || age(b) - age(a);
}

export function createPod(world: World, rs: ReplicaSet): Pod | undefined {
  const { name, namespace, uid } = rs.metadata;
  const podName = `${name}-${safeText(randomBytes(5))}`;
  const { labels, annotations } = rs.spec.template.metadata;
  world.store.create("pods", {
    metadata: {
      name: podName,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: structuredClone(rs.spec.template.spec),
    status: { phase: "Pending", qosClass: "Burstable" },
  });
  recordEvent(world, {
    about: rs,
    type: "Normal",
    reason: "SuccessfulCreate",
    message: `Created pod: ${podName}`,
    component: "replicaset-controller",
  });
  return world.store.get("pods", namespace, podName);
}

function deletePod(world: World, rs: ReplicaSet, pod: Pod): void {
  markDeleted(world, pod, 30);
  recordEvent(world, {
    about: rs,
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `Deleted pod: ${pod.metadata.name}`,
    component: "replicaset-controller",
  });
}

/** The kubelet of its node removes it; on a node that is gone it stays Terminating. */
export function markDeleted(world: World, pod: Pod, graceSeconds: number): Pod {
  return world.store.update("pods", pod, (draft) => {
    draft.metadata = dying(world, draft, graceSeconds).metadata;
  });
}

export function dying({ now }: Pick<World, "now">, pod: Pod, graceSeconds: number): Pod {
  const { deletionTimestamp = timestamp(now() + graceSeconds * 1_000), deletionGracePeriodSeconds = graceSeconds } =
    pod.metadata;
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds } };
}
