import type { Deployment, KubeObject, Node, Pod } from "@holdfast/cluster";
import {
  at,
  conditionOf,
  crashing,
  isActive,
  isNodeReady,
  lastEnd,
  nameOf,
  statusesOf,
  unreadySince,
} from "./facts.ts";

/** What was listed of the cluster, or of the namespaces that may be read. */
export type Listed = {
  readonly nodes: readonly Node[];
  readonly deployments: readonly Deployment[];
  readonly pods: readonly Pod[];
};

/** An object that says of itself that it is not well. */
export type Sign = {
  readonly kind: "Node" | "Deployment" | "Pod";
  readonly namespace: string | null;
  readonly name: string;
  readonly object: KubeObject;
  readonly says: string;
};

/** A container that waits for one of these will go on waiting. */
const STUCK = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);
/** What is slow to start, or moves, is not ill yet. */
const PATIENCE_MS = 5 * 60_000;
const UNPLACED_MS = 60_000;

/** Pure: what the listed objects themselves say. Cautious, because nobody's rule has fired: a release under way is no sign. */
export function signsIn({ nodes, deployments, pods }: Listed, now: number): readonly Sign[] {
  const broken = new Set(nodes.filter((node) => !isNodeReady(node)).map(nameOf));
  // a pod on a node that is not ready is ill for the node's sake
  const own = pods.filter((pod) => isActive(pod) && !broken.has(pod.spec?.nodeName ?? ""));
  return [
    ...nodes.flatMap((node) => sign("Node", node, isNodeReady(node) ? undefined : "the node is not ready")),
    ...deployments.flatMap((deployment) => sign("Deployment", deployment, ofDeployment(deployment))),
    ...own.flatMap((pod) => sign("Pod", pod, ofPod(pod, now))),
  ];
}

function sign(kind: Sign["kind"], object: KubeObject, says: string | undefined): readonly Sign[] {
  const name = nameOf(object);
  const namespace = object.metadata?.namespace ?? null;
  return says === undefined || name === "" ? [] : [{ kind, namespace, name, object, says }];
}

function ofDeployment({ spec, status }: Deployment): string | undefined {
  if (spec?.paused === true || spec?.replicas === 0) return undefined;
  if (conditionOf(status?.conditions, "Progressing")?.status === "False") return "its rollout is stuck";
  return conditionOf(status?.conditions, "ReplicaFailure")?.status === "True"
    ? "its pods cannot be created"
    : undefined;
}

function ofPod(pod: Pod, now: number): string | undefined {
  const waits = statusesOf(pod).find(({ state }) => STUCK.has(state?.waiting?.reason ?? ""));
  if (waits !== undefined) return `container ${waits.name} waits: ${waits.state?.waiting?.reason ?? ""}`;
  const crashes = crashing(pod, now);
  if (crashes !== undefined) return `container ${crashes.name} keeps ending: ${lastEnd(crashes)?.reason ?? "Error"}`;
  const placed = conditionOf(pod.status?.conditions, "PodScheduled");
  if (placed?.status === "False" && isOlder(at(placed.lastTransitionTime), UNPLACED_MS, now)) return "no node takes it";
  const since = unreadySince(pod);
  return isOlder(since, PATIENCE_MS, now) && isOlder(at(pod.metadata?.creationTimestamp), PATIENCE_MS, now)
    ? "it has not been ready for more than five minutes"
    : undefined;
}

function isOlder(since: number | undefined, ms: number, now: number): boolean {
  return since !== undefined && now - since >= ms;
}
