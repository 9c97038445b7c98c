import type {
  Condition,
  Container,
  ContainerStatus,
  ControllerRevision,
  Deployment,
  Event,
  KubeObject,
  Node,
  Pod,
  ReplicaSet,
} from "@holdfast/cluster";
import type { Target } from "@holdfast/schemas";
import type { Autoscaler, Job } from "./details.ts";
import type { RedactedText } from "@holdfast/redact";

/** What was read, what was asked for it, and when. */
export type Read<T> = { readonly of: T; readonly query: string; readonly readAt: number };

export type PreviousLog = Read<RedactedText> & { readonly pod: string; readonly container: string };

/** Everything that the signatures judge, read once and redacted. What could not be read is a gap and never an empty list. */
export type LiveFacts = {
  readonly target: Target;
  /** The clock when the reading began. */
  readonly now: number;
  readonly deployment: Read<Deployment> | undefined;
  /** A workload of another kind, or whatever else the target is. */
  readonly object: Read<KubeObject> | undefined;
  readonly replicaSets: Read<readonly ReplicaSet[]>;
  /** What a StatefulSet has been. */
  readonly revisions: Read<readonly ControllerRevision[]>;
  /** Those of a CronJob, or the one that is the target. */
  readonly jobs: Read<readonly Job[]>;
  /** What scales the target, or the one that is the target. */
  readonly autoscalers: Read<readonly Autoscaler[]>;
  readonly pods: Read<readonly Pod[]>;
  readonly events: Read<readonly Event[]>;
  /** Those under the pods that fail. */
  readonly nodes: Read<readonly Node[]>;
  /** Those that take no pods, where a pod finds no place. */
  readonly cordoned: Read<readonly Node[]>;
  readonly logs: readonly PreviousLog[];
  readonly gaps: readonly { readonly query: string; readonly why: string }[];
  /** When this workload was last restarted through Holdfast, within a day. */
  readonly restartedAt: number | undefined;
  /** Addresses that other open incidents say they cannot reach. */
  readonly sharedDependencies: ReadonlySet<string>;
};

const IN_BETWEEN_MS = 60_000;
const REVISION = "deployment.kubernetes.io/revision";

/** A release: its ReplicaSet and the pods that belong to it. */
export type Release = {
  readonly set: ReplicaSet;
  readonly name: string;
  readonly revision: number;
  readonly createdAt: number;
  readonly image: string;
  readonly pods: readonly Pod[];
};

/** Newest first. */
export function releasesOf(facts: LiveFacts): readonly Release[] {
  return facts.replicaSets.of
    .map((set) => ({
      set,
      name: set.metadata?.name ?? "",
      revision: Number(set.metadata?.annotations?.[REVISION] ?? 0),
      createdAt: at(set.metadata?.creationTimestamp) ?? 0,
      image: imagesOf(set.spec?.template?.spec?.containers),
      pods: facts.pods.of.filter((pod) => controllerOf(pod)?.uid === set.metadata?.uid),
    }))
    .toSorted((a, b) => b.revision - a.revision);
}

export function imagesOf(containers: readonly Container[] | null | undefined): string {
  return (containers ?? []).map(({ image }) => image ?? "?").join(", ");
}

export function nameOf(object: KubeObject): string {
  return object.metadata?.name ?? "";
}

export function controllerOf(
  object: KubeObject,
): { readonly kind: string; readonly name: string; readonly uid: string } | undefined {
  return object.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** When it became not ready, where the API server says so. */
export function unreadySince(pod: Pod): number | undefined {
  return at(
    pod.status?.conditions?.find(({ type, status }) => type === "Ready" && status !== "True")?.lastTransitionTime,
  );
}

/** What counts: a pod that goes, or has done its work, fails nobody. */
export function isActive(pod: Pod): boolean {
  return !pod.metadata?.deletionTimestamp && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
}

export function statusesOf(pod: Pod): readonly ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

/** A container that keeps ending with a failure: it waits to be started again, has just ended, or runs for a moment in between. */
export function crashing(pod: Pod, now: number): ContainerStatus | undefined {
  return statusesOf(pod).find(({ state, lastState, restartCount }) => {
    if (state?.waiting?.reason === "CrashLoopBackOff") return true;
    const restarts = restartCount ?? 0;
    if (state?.terminated) return restarts > 0 && state.terminated.exitCode !== 0;
    if ((lastState?.terminated?.exitCode ?? 0) === 0) return false;
    return state?.running ? restarts > 1 && now - (at(state.running.startedAt) ?? 0) < IN_BETWEEN_MS : restarts > 0;
  });
}

export function lastEnd(status: ContainerStatus):
  | {
      readonly exitCode: number;
      readonly reason: string;
      readonly finishedAt: number | undefined;
      readonly startedAt: number | undefined;
    }
  | undefined {
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  if (ended === null || ended === undefined) return undefined;
  return {
    exitCode: ended.exitCode ?? 0,
    reason: ended.reason ?? "Error",
    finishedAt: at(ended.finishedAt),
    startedAt: at(ended.startedAt),
  };
}

/** What keeps the scheduler from placing it. */
export function unschedulable(pod: Pod): string | undefined {
  const condition = pod.status?.conditions?.find(
    ({ type, status, reason }) => type === "PodScheduled" && status === "False" && reason === "Unschedulable",
  );
  return condition === undefined ? undefined : (condition.message ?? "");
}

export function conditionOf(conditions: readonly Condition[] | null | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function eventsOf(facts: LiveFacts, pod: Pod): readonly Event[] {
  return facts.events.of.filter(({ involvedObject }) =>
    involvedObject?.uid === undefined || involvedObject.uid === null
      ? involvedObject?.name === pod.metadata?.name
      : involvedObject.uid === pod.metadata?.uid,
  );
}

/** The earliest sign of failure of these pods: what they last ended of, and what the events say. */
export function firstFailure(facts: LiveFacts, pods: readonly Pod[]): number | undefined {
  const ends = pods.flatMap((pod) => statusesOf(pod).map((status) => lastEnd(status)?.finishedAt));
  const events = pods.flatMap((pod) =>
    eventsOf(facts, pod)
      .filter(({ reason }) => reason === "BackOff" || reason === "Failed")
      .map(({ firstTimestamp, eventTime }) => at(firstTimestamp) ?? at(eventTime)),
  );
  const times = [...ends, ...events].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

export function previousLogOf(facts: LiveFacts, pods: readonly Pod[]): PreviousLog | undefined {
  return facts.logs.find(({ pod, of }) => of !== "" && pods.some((one) => one.metadata?.name === pod));
}

export function isNodeReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** A pod on a node that is not ready fails for the node's sake. */
export function hasBrokenNode(facts: LiveFacts, pod: Pod): boolean {
  const node = facts.nodes.of.find((one) => nameOf(one) === pod.spec?.nodeName);
  return node !== undefined && !isNodeReady(node);
}

/** Kinds whose pods are read. */
export function hasPods(kind: string): boolean {
  return ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"].includes(kind);
}

export function at(time: string | null | undefined): number | undefined {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

/** As people write it. */
export function titleOf({ namespace, name }: Target): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

/** Hours and minutes of a time, as they stand in a sentence. */
export function clock(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

export function ago(ms: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
