import type {
  ClusterReader,
  Deployment,
  Event,
  Kind,
  KubeObject,
  LabelSelector,
  ListOptions,
  Node,
  Pod,
  ReplicaSet,
} from "@holdfast/cluster";
import type { Target } from "@holdfast/schemas";
import {
  controllerOf,
  crashing,
  isActive,
  isReady,
  nameOf,
  type LiveFacts,
  type PreviousLog,
  type Read,
} from "./facts.ts";
import type { Redactor } from "./redact.ts";

/** What triage knows from the topics and no cluster tells. */
export type Known = Pick<LiveFacts, "restartedAt" | "sharedDependencies">;

export type FactReader = (target: Target, known: Known, signal: AbortSignal) => Promise<LiveFacts>;

const PODS_MAX = 500;
const EVENTS_MAX = 5_000;
const SETS_MAX = 100;
const NODES_MAX = 5;
const NAMESPACES_MAX = 20;
const LOGS_MAX = 3;
const LOG_LINES = 60;
const LOG_BYTES = 32 * 1024;
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

type Gap = LiveFacts["gaps"][number];

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
    const parts =
      kind === "Node"
        ? await ofNode(look, target.name, object, namespaces)
        : await ofWorkload(look, kind, target, object, started);
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

type Look = {
  readonly one: <T extends KubeObject>(
    kind: Kind,
    namespace: string | null,
    name: string,
  ) => Promise<Read<T> | undefined>;
  readonly many: <T extends KubeObject>(
    kind: Kind,
    options: ListOptions,
    wanted?: (one: T) => boolean,
  ) => Promise<Read<readonly T[]>>;
  readonly log: (namespace: string, pod: string, container: string) => Promise<PreviousLog | undefined>;
};

function lookWith(
  reader: ClusterReader,
  { text, object: redacted }: Redactor,
  now: () => number,
  gaps: Gap[],
  signal: AbortSignal,
): Look {
  const attempt = async <T>(query: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      gaps.push({ query, why: text(error instanceof Error ? error.message : "no reason given").slice(0, 300) });
      return undefined;
    }
  };
  return {
    one: async <T extends KubeObject>(kind: Kind, namespace: string | null, name: string) => {
      const query = `kubectl ${namespace === null ? "" : `-n ${namespace} `}get ${kind.toLowerCase()} ${name}`;
      const of = await attempt(query, () => reader.get<T>({ kind, namespace, name }, signal));
      return of === undefined ? undefined : { of: redacted(of), query, readAt: now() };
    },
    many: async <T extends KubeObject>(kind: Kind, options: ListOptions, wanted: (one: T) => boolean = () => true) => {
      const query = queryOf(kind, options);
      const of = await attempt(query, () => reader.list<T>(kind, options, signal));
      return { of: (of ?? []).filter(wanted).map((one) => redacted(one)), query, readAt: now() };
    },
    log: async (namespace, pod, container) => {
      const query = `kubectl -n ${namespace} logs ${pod} -c ${container} --previous --tail=${LOG_LINES}`;
      const raw = await attempt(query, () =>
        reader.logs({ namespace, pod, container, previous: true, tailLines: LOG_LINES, limitBytes: LOG_BYTES }, signal),
      );
      return raw === undefined ? undefined : { of: text(wholeLines(raw)), query, readAt: now(), pod, container };
    },
  };
}

function queryOf(kind: Kind, { namespace, labelSelector, fieldSelector }: ListOptions): string {
  const where = namespace === undefined ? "-A " : `-n ${namespace} `;
  return `kubectl ${where}get ${kind.toLowerCase()}s${labelSelector ? ` -l '${labelSelector}'` : ""}${fieldSelector ? ` --field-selector ${fieldSelector}` : ""}`;
}

/** A line that was cut could hold the half of a secret, which no rule knows. */
function wholeLines(raw: string): string {
  return Buffer.byteLength(raw) < LOG_BYTES ? raw : raw.slice(0, raw.lastIndexOf("\n") + 1);
}

type Parts = Pick<LiveFacts, "replicaSets" | "pods" | "events" | "nodes" | "logs">;

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
  return { replicaSets: NOTHING, pods, events: NOTHING, nodes, logs: [] };
}

const NOTHING = { of: [], query: "", readAt: 0 };

async function ofWorkload(
  look: Look,
  kind: Kind,
  { namespace, name }: Target,
  object: Read<KubeObject> | undefined,
  now: number,
): Promise<Parts> {
  if (namespace === null || object === undefined)
    return { replicaSets: NOTHING, pods: NOTHING, events: NOTHING, nodes: NOTHING, logs: [] };
  const selector = selectorOf(object.of);
  const uid = object.of.metadata?.uid;
  const isOwn = (one: KubeObject): boolean => controllerOf(one)?.uid === uid;
  const [replicaSets, listed] = await Promise.all([
    kind === "Deployment" && selector !== undefined
      ? look.many<ReplicaSet>("ReplicaSet", { namespace, labelSelector: selector, limit: SETS_MAX }, isOwn)
      : NOTHING,
    podsOf(look, kind, namespace, name, selector),
  ]);
  const owners = new Set([uid, ...replicaSets.of.map((set) => set.metadata?.uid)]);
  const pods = { ...listed, of: listed.of.filter((pod) => kind === "Pod" || owners.has(controllerOf(pod)?.uid)) };
  const names = new Set([name, ...pods.of.map(nameOf), ...replicaSets.of.map(nameOf)]);
  const [events, nodes, logs] = await Promise.all([
    look.many<Event>("Event", { namespace, limit: EVENTS_MAX }, ({ involvedObject }) =>
      names.has(involvedObject?.name ?? ""),
    ),
    nodesOf(look, pods.of),
    logsOf(look, namespace, pods.of, now),
  ]);
  return { replicaSets, pods, events, nodes, logs };
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
    return status === undefined ? [] : [{ pod: nameOf(pod), container: status.name }];
  });
  const logs = await Promise.all(
    failing.slice(0, LOGS_MAX).map(({ pod, container }) => look.log(namespace, pod, container)),
  );
  return logs.filter((log) => log !== undefined);
}

/** What kubectl writes after -l; undefined where the object selects nothing. */
function selectorOf(object: KubeObject): string | undefined {
  const selector = (object as Deployment).spec?.selector;
  if (typeof selector !== "object" || selector === null) return undefined;
  return labelSelector(selector);
}

function labelSelector({ matchLabels, matchExpressions }: LabelSelector): string | undefined {
  const labels = Object.entries(matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    const list = (values ?? []).join(",");
    switch (operator) {
      case "In":
        return `${key} in (${list})`;
      case "NotIn":
        return `${key} notin (${list})`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
  const all = [...labels, ...expressions];
  return all.length === 0 ? undefined : all.join(",");
}
