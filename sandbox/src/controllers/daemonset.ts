import { randomBytes } from "node:crypto";
import { recordEvent } from "../events.ts";
import type { ControllerRevision, DaemonSet, Node, Pod } from "../kinds.ts";
import type { World } from "../world.ts";
import { isReady, markDeleted } from "./replicaset.ts";
import { ensureRevision, REVISION_HASH } from "./revisions.ts";
import { countOf } from "./rolling-bounds.ts";
import { controllerOf, safeText } from "./template.ts";

/** One pod on every node that it selects, cordoned or not. */
export function syncDaemonSets(world: World): void {
  for (const set of world.store.list("daemonsets")) syncDaemonSet(world, set);
}

function syncDaemonSet(world: World, set: DaemonSet): void {
  const update = ensureRevision(world, set);
  if (update === undefined) return;
  const hash = update.metadata.labels?.[REVISION_HASH] ?? "";
  const nodes = world.store.list("nodes").filter((node) => selects(set, node));
  const on = new Map(podsOf(world, set).map((pod) => [pod.spec.nodeName ?? "", pod]));
  for (const node of nodes) if (!on.has(node.metadata.name)) createPod(world, set, node, update, hash);
  if (set.spec.updateStrategy?.type !== "OnDelete") replaceOld(world, set, nodes.length, hash);
  const pods = podsOf(world, set);
  world.store.update("daemonsets", set, (draft) => {
    draft.status = statusOf(draft, nodes.length, pods, hash);
  });
}

/** Old pods that do not serve go at once; of those that do, as many as may be missing. */
function replaceOld(world: World, set: DaemonSet, desired: number, hash: string): void {
  const pods = podsOf(world, set);
  const old = pods.filter((pod) => pod.metadata.labels?.[REVISION_HASH] !== hash && !isGoing(pod));
  for (const pod of old.filter((each) => !isReady(each))) markDeleted(world, pod, 30);
  const serving = pods.filter((pod) => isReady(pod) && !isGoing(pod)).length;
  const most = Math.max(1, countOf(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, Math.ceil));
  const room = Math.max(0, most - (desired - serving));
  for (const pod of old.filter(isReady).slice(0, room)) markDeleted(world, pod, 30);
}

function isGoing(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

function selects(set: DaemonSet, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  return Object.entries(set.spec.template.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
}

function podsOf({ store }: World, set: DaemonSet): Pod[] {
  return store.list("pods", set.metadata.namespace).filter((pod) => controllerOf(pod) === set.metadata.uid);
}

function createPod(world: World, set: DaemonSet, node: Node, update: ControllerRevision, hash: string): void {
  const { name, namespace, uid, generation = 1 } = set.metadata;
  const podName = `${name}-${safeText(randomBytes(5))}`;
  const { labels, annotations } = update.data.spec.template.metadata;
  world.store.create("pods", {
    metadata: {
      name: podName,
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, [REVISION_HASH]: hash, "pod-template-generation": String(generation) },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "DaemonSet", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: { ...structuredClone(update.data.spec.template.spec), nodeName: node.metadata.name },
    status: { phase: "Pending", qosClass: "Burstable" },
  });
  recordEvent(world, {
    about: set,
    type: "Normal",
    reason: "SuccessfulCreate",
    message: `Created pod: ${podName}`,
    component: "daemonset-controller",
  });
}

function statusOf(set: DaemonSet, desired: number, pods: Pod[], hash: string): DaemonSet["status"] {
  const staying = pods.filter((pod) => !isGoing(pod));
  const ready = staying.filter(isReady).length;
  const counts = {
    updatedNumberScheduled: staying.filter((pod) => pod.metadata.labels?.[REVISION_HASH] === hash).length,
    numberAvailable: ready,
    numberUnavailable: Math.max(0, desired - ready),
  };
  return {
    observedGeneration: set.metadata.generation ?? 1,
    currentNumberScheduled: staying.length,
    desiredNumberScheduled: desired,
    numberMisscheduled: 0,
    numberReady: ready,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
  };
}
