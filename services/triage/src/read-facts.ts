import type {
  ClusterReader,
  ControllerRevision,
  Event,
  Kind,
  KubeObject,
  ListOptions,
  Node,
  Pod,
  ReplicaSet,
} from "@holdfast/cluster";
import type { Target } from "@holdfast/schemas";
import type { Autoscaler, Job } from "./details.ts";
import {
  controllerOf,
  crashing,
  isActive,
  isReady,
  nameOf,
  statusesOf,
  unschedulable,
  type LiveFacts,
  type PreviousLog,
  type Read,
} from "./facts.ts";
import { lookWith, type Gap, type Look } from "./look.ts";
import type { Redactor } from "@holdfast/redact";
import { selectorOf } from "./selectors.ts";

/** What triage knows from the topics and no cluster tells. */
export type Known = Pick<LiveFacts, "restartedAt" | "sharedDependencies">;

export type FactReader = (target: Target, known: Known, signal: AbortSignal) => Promise<LiveFacts>;

const PODS_MAX = 500;
const EVENTS_MAX = 5_000;
const SETS_MAX = 100;
const JOBS_MAX = 500;
const AUTOSCALERS_MAX = 200;
const NODES_MAX = 5;
const NODES_LISTED_MAX = 1_000;
const NAMESPACES_MAX = 20;
const LOGS_MAX = 3;
const READ_MS_MAX = 10_000;
const KINDS = [
  "Node",
  "Pod",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "Job",
  "CronJob",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
] as const satisfies readonly Kind[];

/**
 * Reads what the signatures look at, once, each with its time. A read that fails leaves a gap.
 *
 * @param namespaces those that the credential may read; without any, pods of a node are asked of the whole cluster.
 */
export function openFactReader(
  reader: ClusterReader,
  redactor: Redactor,
  now: () => number,
  namespaces: readonly string[] = [],
): FactReader {
  return async (target, known, stop) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(READ_MS_MAX)]);
    const gaps: Gap[] = [];
    const look = lookWith(reader, redactor, now, gaps, signal);
    const started = now();
    const kind = KINDS.find((one) => one === target.kind);
    if (kind === undefined) throw new Error(`triage reads no ${target.kind}`);
    const object = await look.one<KubeObject>(kind, target.namespace, target.name);
    const about = { ...target, uid: object?.of.metadata?.uid ?? null };
    const parts = await partsOf(look, kind, about, object, started, namespaces);
    stop.throwIfAborted();
    const deployment = kind === "Deployment" ? object : undefined;
    return {
      target: about,
      now: started,
      deployment,
      object: kind === "Deployment" ? undefined : object,
      ...parts,
      gaps: gaps.toSorted((a, b) => (a.query < b.query ? -1 : 1)),
      ...known,
    };
  };
}

type Parts = Omit<LiveFacts, "target" | "now" | "deployment" | "object" | "gaps" | keyof Known>;

const NOTHING = { of: [], query: "", readAt: 0 };
const NO_PARTS: Parts = {
  replicaSets: NOTHING,
  revisions: NOTHING,
  jobs: NOTHING,
  autoscalers: NOTHING,
  pods: NOTHING,
  events: NOTHING,
  nodes: NOTHING,
  cordoned: NOTHING,
  logs: [],
};

async function partsOf(
  look: Look,
  kind: Kind,
  { namespace, name }: Target,
  object: Read<KubeObject> | undefined,
  now: number,
  namespaces: readonly string[],
): Promise<Parts> {
  if (kind === "Node") return ofNode(look, name, object, namespaces);
  if (namespace === null || object === undefined) return NO_PARTS;
  const about = { look, kind, namespace, name, object, now };
  if (kind === "HorizontalPodAutoscaler") return ofAutoscaler(about);
  return kind === "Job" || kind === "CronJob" ? ofJobs(about) : ofWorkload(about);
}

type About = {
  readonly look: Look;
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly object: Read<KubeObject>;
  readonly now: number;
};

async function ofNode(
  look: Look,
  name: string,
  node: Read<KubeObject> | undefined,
  namespaces: readonly string[],
): Promise<Parts> {
  const options = { fieldSelector: `spec.nodeName=${name}`, limit: PODS_MAX };
  const places: readonly ListOptions[] =
    namespaces.length === 0
      ? [options]
      : namespaces.slice(0, NAMESPACES_MAX).map((namespace) => ({ ...options, namespace }));
  const lists = await Promise.all(places.map((place) => look.many<Pod>("Pod", place)));
  const pods = {
    of: lists.flatMap(({ of }) => of),
    query: lists.map(({ query }) => query).join("; "),
    readAt: Math.max(...lists.map(({ readAt }) => readAt)),
  };
  const nodes = node === undefined ? NOTHING : { ...node, of: [node.of] };
  return { ...NO_PARTS, pods, nodes };
}

async function ofWorkload(about: About): Promise<Parts> {
  const { look, kind, namespace, name, object } = about;
  const selector = selectorOf(object.of);
  const uid = object.of.metadata?.uid;
  const isOwn = (one: KubeObject): boolean => controllerOf(one)?.uid === uid;
  const history = { namespace, labelSelector: selector ?? "", limit: SETS_MAX };
  const [replicaSets, revisions, autoscalers, listed] = await Promise.all([
    kind === "Deployment" && selector !== undefined ? look.many<ReplicaSet>("ReplicaSet", history, isOwn) : NOTHING,
    kind === "StatefulSet" && selector !== undefined
      ? look.many<ControllerRevision>("ControllerRevision", history, isOwn)
      : NOTHING,
    kind === "Deployment"
      ? look.many<Autoscaler>(
          "HorizontalPodAutoscaler",
          { namespace, limit: AUTOSCALERS_MAX },
          ({ spec }) => spec?.scaleTargetRef?.kind === kind && spec.scaleTargetRef.name === name,
        )
      : NOTHING,
    podsOf(look, kind, namespace, name, selector),
  ]);
  const owners = new Set([uid, ...replicaSets.of.map((set) => set.metadata?.uid)]);
  const pods = { ...listed, of: listed.of.filter((pod) => kind === "Pod" || owners.has(controllerOf(pod)?.uid)) };
  const around = await aroundPods(about, pods, [name, ...replicaSets.of.map(nameOf)]);
  return { ...NO_PARTS, replicaSets, revisions, autoscalers, ...around };
}

/** The pods of a Job are found by its own selector, those of a CronJob by the label that every Job gives to its pods. */
async function ofJobs(about: About): Promise<Parts> {
  const { look, kind, namespace, name, object } = about;
  const uid = object.of.metadata?.uid;
  const jobs =
    kind === "Job"
      ? { ...object, of: [object.of] }
      : await look.many<Job>("Job", { namespace, limit: JOBS_MAX }, (job) => controllerOf(job)?.uid === uid);
  const selector = kind === "Job" ? selectorOf(object.of) : "job-name";
  const uids = new Set(jobs.of.map((job) => job.metadata?.uid));
  const pods =
    selector === undefined
      ? NOTHING
      : await look.many<Pod>("Pod", { namespace, labelSelector: selector, limit: PODS_MAX }, (pod) =>
          uids.has(controllerOf(pod)?.uid),
        );
  const around = await aroundPods(about, pods, [name, ...jobs.of.map(nameOf)]);
  return { ...NO_PARTS, jobs, ...around };
}

/** More replicas help only where those that there are serve, so what it scales is read as well. */
async function ofAutoscaler(about: About): Promise<Parts> {
  const { look, namespace, object } = about;
  const autoscaler: Autoscaler = object.of;
  const scaled = autoscaler.spec?.scaleTargetRef;
  const kind = (["Deployment", "StatefulSet"] as const).find((one) => one === scaled?.kind);
  const name = scaled?.name;
  const workload =
    kind === undefined || name === undefined ? undefined : await look.one<KubeObject>(kind, namespace, name);
  const parts =
    kind === undefined || name === undefined || workload === undefined
      ? NO_PARTS
      : await ofWorkload({ ...about, kind, name, object: workload });
  return { ...parts, autoscalers: { ...object, of: [autoscaler] } };
}

async function aroundPods(
  { look, namespace, now }: About,
  pods: Read<readonly Pod[]>,
  related: readonly string[],
): Promise<Pick<Parts, "pods" | "events" | "nodes" | "cordoned" | "logs">> {
  const names = new Set([...related, ...pods.of.map(nameOf)]);
  const [events, nodes, cordoned, logs] = await Promise.all([
    look.many<Event>("Event", { namespace, limit: EVENTS_MAX }, ({ involvedObject }) =>
      names.has(involvedObject?.name ?? ""),
    ),
    nodesOf(look, pods.of),
    pods.of.some((pod) => isActive(pod) && unschedulable(pod) !== undefined)
      ? look.many<Node>("Node", { limit: NODES_LISTED_MAX }, ({ spec }) => spec?.unschedulable === true)
      : NOTHING,
    logsOf(look, namespace, pods.of, now),
  ]);
  return { pods, events, nodes, cordoned, logs };
}

async function podsOf(
  look: Look,
  kind: Kind,
  namespace: string,
  name: string,
  selector: string | undefined,
): Promise<Read<readonly Pod[]>> {
  if (kind === "Pod") return look.many<Pod>("Pod", { namespace, fieldSelector: `metadata.name=${name}`, limit: 1 });
  return selector === undefined
    ? NOTHING
    : look.many<Pod>("Pod", { namespace, labelSelector: selector, limit: PODS_MAX });
}

/** The nodes under the pods that fail, the one with most of them first. */
async function nodesOf(look: Look, pods: readonly Pod[]): Promise<Read<readonly Node[]>> {
  const failing = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node && isActive(pod) && !isReady(pod)) failing.set(node, (failing.get(node) ?? 0) + 1);
  }
  const names = [...failing].toSorted((a, b) => b[1] - a[1]).slice(0, NODES_MAX);
  const found = (await Promise.all(names.map(([name]) => look.one<Node>("Node", null, name)))).filter(
    (node) => node !== undefined,
  );
  const [first] = found;
  return first === undefined
    ? NOTHING
    : { ...first, query: `kubectl get nodes ${names.map(([name]) => name).join(" ")}`, of: found.map(({ of }) => of) };
}

async function logsOf(
  look: Look,
  namespace: string,
  pods: readonly Pod[],
  now: number,
): Promise<readonly PreviousLog[]> {
  const failing = pods.flatMap((pod) => {
    const status = crashing(pod, now);
    if (status !== undefined) return [{ pod: nameOf(pod), container: status.name, previous: true }];
    // a pod that has failed for good is not started again, so its last log is no previous one
    const ended = pod.status?.phase === "Failed" ? statusesOf(pod).find(hasFailed) : undefined;
    return ended === undefined ? [] : [{ pod: nameOf(pod), container: ended.name, previous: false }];
  });
  const logs = await Promise.all(
    failing.slice(0, LOGS_MAX).map(({ pod, container, previous }) => look.log(namespace, pod, container, previous)),
  );
  return logs.filter((log) => log !== undefined);
}

function hasFailed({ state }: ReturnType<typeof statusesOf>[number]): boolean {
  return (state?.terminated?.exitCode ?? 0) !== 0;
}
