import type {
  ClusterReader,
  ControllerRevision,
  DaemonSet,
  KubeObject,
  LabelSelector,
  Pod,
  PodTemplate,
  StatefulSet,
} from "@holdfast/cluster";
import { refused, selectorText, type Refusal } from "./deployment.ts";
import { controllerOf, isReady, staying } from "./pods.ts";
import { daemonRollout, statefulRollout, type Rollout } from "./rollout.ts";
import { isRecord, sameJson } from "./same-json.ts";

/** StatefulSets and DaemonSets: both replace their pods in place, and keep earlier templates as ControllerRevisions. */
export type SetKind = "StatefulSet" | "DaemonSet";

export type SetRevision = {
  readonly name: string;
  readonly number: number;
  readonly template: PodTemplate;
  readonly createdAt: string;
  readonly pods: readonly Pod[];
};

export type LiveSet = SetObject & {
  readonly kind: SetKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Newest first. */
  readonly revisions: readonly SetRevision[];
  /** The one that holds the present template; undefined until the controller has made it. */
  readonly present: SetRevision | undefined;
  readonly pods: readonly Pod[];
};

/** What the two kinds say, in one form. */
type SetObject = {
  readonly object: KubeObject;
  readonly template: PodTemplate;
  readonly selector: LabelSelector;
  /** How many pods it keeps: replicas, or for a DaemonSet one a node. */
  readonly replicas: number;
  readonly strategy: string;
  readonly partition: number;
  /** Its controller waits for each pod before it goes on to the next, even for one that can never start. */
  readonly ordered: boolean;
  /** Names of the volumes that each of its pods claims for itself, and that outlive it. */
  readonly claims: readonly string[];
  readonly rollout: (floor: number) => Rollout;
};

/** A set whose template may be changed, with its revisions and their pods; or why it may not. */
export async function changeableSet(
  live: ClusterReader,
  kind: SetKind,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<{ readonly outcome: "found"; readonly found: LiveSet } | Refusal> {
  const found = await readSet(live, kind, namespace, name, signal);
  if (!found) return refused("object-not-found", `There is no ${kind} ${namespace}/${name}.`);
  if (found.object.metadata?.deletionTimestamp)
    return refused("being-deleted", `The ${kind} ${namespace}/${name} is being deleted.`);
  if (found.strategy !== "RollingUpdate")
    return refused(
      "not-rolling",
      `The ${kind} ${namespace}/${name} has the update strategy ${found.strategy}, so a new template would replace no pod.`,
    );
  if (found.partition > 0)
    return refused(
      "rollout-partitioned",
      `The ${kind} ${namespace}/${name} holds its first ${found.partition} pods back from new templates: somebody is rolling it out by hand.`,
    );
  return { outcome: "found", found };
}

export async function readSet(
  live: ClusterReader,
  kind: SetKind,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<LiveSet | undefined> {
  const read = await readObject(live, kind, namespace, name, signal);
  const uid = read?.object.metadata?.uid;
  if (!read || !uid) return undefined;
  const options = { namespace, labelSelector: selectorText(read.selector) };
  const [kept, pods] = await Promise.all([
    live.list<ControllerRevision>("ControllerRevision", options, signal),
    live.list<Pod>("Pod", options, signal),
  ]);
  const own = pods.filter((pod) => controllerOf(pod)?.uid === uid);
  const revisions = kept
    .filter((each) => controllerOf(each)?.uid === uid)
    .map((each) => revisionOf(each, name, own))
    .toSorted((one, other) => other.number - one.number || one.name.localeCompare(other.name));
  const present = revisions.find((each) => sameJson(each.template, read.template));
  return { ...read, kind, namespace, name, uid, revisions, present, pods: own };
}

async function readObject(
  live: ClusterReader,
  kind: SetKind,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<SetObject | undefined> {
  const ref = { kind, namespace, name };
  if (kind === "StatefulSet") {
    const object = await live.get<StatefulSet>(ref, signal);
    return object && ofStatefulSet(object);
  }
  const object = await live.get<DaemonSet>(ref, signal);
  return object && ofDaemonSet(object);
}

function ofStatefulSet(object: StatefulSet): SetObject {
  const { spec } = object;
  return {
    object,
    ...required(object, spec?.template, spec?.selector),
    replicas: spec?.replicas ?? 1,
    strategy: spec?.updateStrategy?.type ?? "RollingUpdate",
    partition: spec?.updateStrategy?.rollingUpdate?.partition ?? 0,
    ordered: (spec?.podManagementPolicy ?? "OrderedReady") === "OrderedReady",
    claims: (spec?.volumeClaimTemplates ?? []).flatMap((each) => each.metadata?.name ?? []),
    rollout: (floor) => statefulRollout(object, floor),
  };
}

function ofDaemonSet(object: DaemonSet): SetObject {
  const { spec, status } = object;
  return {
    object,
    ...required(object, spec?.template, spec?.selector),
    replicas: status?.desiredNumberScheduled ?? 0,
    strategy: spec?.updateStrategy?.type ?? "RollingUpdate",
    partition: 0,
    ordered: false,
    claims: [],
    rollout: (floor) => daemonRollout(object, floor),
  };
}

function required(
  { kind, metadata }: KubeObject,
  template: PodTemplate | null | undefined,
  selector: LabelSelector | null | undefined,
) {
  if (!template || !selector)
    throw new Error(`The API server sent a ${kind} ${metadata?.name} without template or selector.`);
  return { template, selector };
}

/** What the controller keeps is a strategic merge patch, and its directive is no part of the template. */
function revisionOf({ metadata, revision, data }: ControllerRevision, set: string, pods: readonly Pod[]): SetRevision {
  const template = data?.spec?.template;
  const name = metadata?.name;
  if (!name || !isRecord(template))
    throw new Error("The API server sent a ControllerRevision without name or template.");
  const { $patch: _directive, ...bare } = template;
  return {
    name,
    number: revision ?? 0,
    template: bare,
    createdAt: metadata.creationTimestamp ?? "",
    pods: pods.filter((pod) => isOf(pod, name, set)),
  };
}

/** A StatefulSet's pods carry the name of their revision, a DaemonSet's the end of it. */
function isOf(pod: Pod, revision: string, set: string): boolean {
  const hash = pod.metadata?.labels?.["controller-revision-hash"];
  return hash !== undefined && (hash === revision || `${set}-${hash}` === revision);
}

/** Pods that an ordered set waits for before it replaces another one. */
export function holdingUp({ ordered, pods }: LiveSet): readonly Pod[] {
  return ordered ? staying(pods).filter((pod) => !isReady(pod)) : [];
}
