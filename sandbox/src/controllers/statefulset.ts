import { recordEvent } from "../events.ts";
import type { ControllerRevision, Pod, StatefulSet } from "../kinds.ts";
import type { World } from "../world.ts";
import { isReady, markDeleted } from "./replicaset.ts";
import { ensureRevision, REVISION_HASH, templateOf } from "./revisions.ts";
import { controllerOf } from "./template.ts";

/** Pods with numbers, as the real controller keeps them: in order, and never past one that is not ready. */
export function syncStatefulSets(world: World): void {
  for (const set of world.store.list("statefulsets")) syncStatefulSet(world, set);
}

function syncStatefulSet(world: World, set: StatefulSet): void {
  const update = ensureRevision(world, set);
  if (update === undefined) return;
  step(world, set, update);
  const pods = podsOf(world, set);
  world.store.update("statefulsets", set, (draft) => {
    draft.status = statusOf(draft, pods, update.metadata.name);
  });
}

/** One step of one set: whatever it has to wait for ends the round. */
function step(world: World, set: StatefulSet, update: ControllerRevision): void {
  const ordered = set.spec.podManagementPolicy !== "Parallel";
  const { replicas = 1 } = set.spec;
  const numbered = new Map(podsOf(world, set).map((pod) => [ordinalOf(pod), pod]));
  for (let n = 0; n < replicas; n += 1) {
    const pod = numbered.get(n);
    if (pod === undefined) createPod(world, set, n, update);
    if ((pod === undefined || !settled(pod)) && ordered) return;
  }
  const surplus = [...numbered.keys()].filter((n) => n >= replicas).sort((a, b) => b - a);
  for (const n of surplus) {
    remove(world, set, numbered.get(n));
    if (ordered) return;
  }
  if (set.spec.updateStrategy?.type === "OnDelete") return;
  for (let n = replicas - 1; n >= partitionOf(set); n -= 1) {
    const pod = numbered.get(n);
    if (pod !== undefined && pod.metadata.labels?.[REVISION_HASH] !== update.metadata.name)
      return remove(world, set, pod);
    if (pod === undefined || !settled(pod)) return;
  }
}

function settled(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && isReady(pod);
}

function partitionOf({ spec }: StatefulSet): number {
  return spec.updateStrategy?.rollingUpdate?.partition ?? 0;
}

function podsOf({ store }: World, set: StatefulSet): Pod[] {
  return store.list("pods", set.metadata.namespace).filter((pod) => controllerOf(pod) === set.metadata.uid);
}

function ordinalOf(pod: Pod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? "-1");
}

function createPod(world: World, set: StatefulSet, ordinal: number, update: ControllerRevision): void {
  const { name, namespace, uid } = set.metadata;
  const kept =
    ordinal < partitionOf(set)
      ? world.store.get("controllerrevisions", namespace, set.status.currentRevision ?? "")
      : undefined;
  const revision = kept ?? update;
  const template = templateOf(revision);
  const podName = `${name}-${ordinal}`;
  const { labels, annotations } = template.metadata;
  const spec = { ...structuredClone(template.spec), hostname: podName, subdomain: set.spec.serviceName ?? "" };
  world.store.create("pods", {
    metadata: {
      name: podName,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labels,
        "apps.kubernetes.io/pod-index": String(ordinal),
        [REVISION_HASH]: revision.metadata.name,
        "statefulset.kubernetes.io/pod-name": podName,
      },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
    status: { phase: "Pending", qosClass: "Burstable" },
  });
  say(world, set, "SuccessfulCreate", `create Pod ${podName} in StatefulSet ${name} successful`);
}

function remove(world: World, set: StatefulSet, pod: Pod | undefined): void {
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
  markDeleted(world, pod, 30);
  say(world, set, "SuccessfulDelete", `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
}

function say(world: World, set: StatefulSet, reason: string, message: string): void {
  recordEvent(world, { about: set, type: "Normal", reason, message, component: "statefulset-controller" });
}

function statusOf(set: StatefulSet, pods: Pod[], update: string): StatefulSet["status"] {
  const { replicas: wanted = 1 } = set.spec;
  const before = set.status.currentRevision ?? update;
  const staying = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const of = (revision: string): number =>
    staying.filter((pod) => pod.metadata.labels?.[REVISION_HASH] === revision).length;
  const ready = pods.filter(isReady).length;
  const updated = of(update);
  const complete =
    set.spec.updateStrategy?.type !== "OnDelete" &&
    partitionOf(set) === 0 &&
    [updated, ready, pods.length].every((count) => count === wanted);
  const current = complete ? update : before;
  const counts = { readyReplicas: ready, currentReplicas: of(current), updatedReplicas: updated };
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    availableReplicas: ready,
    currentRevision: current,
    updateRevision: update,
    collisionCount: 0,
  };
}
