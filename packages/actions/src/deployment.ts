import type { ClusterReader, Deployment, LabelSelector, Pod, PodTemplate, ReplicaSet } from "@holdfast/cluster";
import { controllerOf } from "./pods.ts";
import { sameJson } from "./same-json.ts";

/** One ReplicaSet of a Deployment: what its pods were made from. */
export type Revision = {
  readonly name: string;
  readonly uid: string;
  readonly number: number;
  readonly template: PodTemplate;
  readonly createdAt: string;
  readonly pods: readonly Pod[];
};

export type LiveDeployment = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly object: Deployment;
  readonly template: PodTemplate;
  readonly replicas: number;
  /** Newest first. */
  readonly revisions: readonly Revision[];
  /** The one that holds the present template; undefined until the controller has made it. */
  readonly present: Revision | undefined;
  readonly pods: readonly Pod[];
};

export type Refusal = { readonly outcome: "refused"; readonly rule: string; readonly reason: string };

export function refused(rule: string, reason: string): Refusal {
  return { outcome: "refused", rule, reason };
}

type Read = { readonly outcome: "found"; readonly found: LiveDeployment } | Refusal;

/** A Deployment that may be changed, with its revisions and their pods; or why it may not. */
export async function changeableDeployment(
  live: ClusterReader,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<Read> {
  const read = await standingDeployment(live, namespace, name, signal);
  if (read.outcome === "found" && read.found.object.spec?.paused)
    return refused(
      "rollout-paused",
      `The rollout of ${namespace}/${name} is paused, so nothing would change until somebody resumes it.`,
    );
  return read;
}

/** The same, paused or not. */
export async function standingDeployment(
  live: ClusterReader,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<Read> {
  const object = await live.get<Deployment>({ kind: "Deployment", namespace, name }, signal);
  if (!object) return refused("object-not-found", `There is no Deployment ${namespace}/${name}.`);
  if (object.metadata?.deletionTimestamp)
    return refused("being-deleted", `The Deployment ${namespace}/${name} is being deleted.`);
  return { outcome: "found", found: await withRevisions(live, object, namespace, name, signal) };
}

export async function withRevisions(
  live: ClusterReader,
  object: Deployment,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<LiveDeployment> {
  const uid = object.metadata?.uid;
  const template = object.spec?.template;
  const selector = object.spec?.selector;
  if (!uid || !template || !selector)
    throw new Error(`The API server sent a Deployment ${namespace}/${name} without uid, template or selector.`);
  const options = { namespace, labelSelector: selectorText(selector) };
  const [replicaSets, pods] = await Promise.all([
    live.list<ReplicaSet>("ReplicaSet", options, signal),
    live.list<Pod>("Pod", options, signal),
  ]);
  const revisions = replicaSets
    .filter((each) => controllerOf(each)?.uid === uid)
    .map((each) => revisionOf(each, pods))
    .toSorted((one, other) => other.number - one.number || one.name.localeCompare(other.name));
  return {
    namespace,
    name,
    uid,
    object,
    template,
    replicas: object.spec?.replicas ?? 1,
    revisions,
    present: oldest(revisions.filter((each) => sameJson(each.template, template))),
    pods: revisions.flatMap((each) => each.pods),
  };
}

function revisionOf(replicaSet: ReplicaSet, pods: readonly Pod[]): Revision {
  const { name, uid, annotations, creationTimestamp } = replicaSet.metadata ?? {};
  const template = replicaSet.spec?.template;
  if (!name || !uid || !template) throw new Error("The API server sent a ReplicaSet without name, uid or template.");
  const number = Number.parseInt(annotations?.["deployment.kubernetes.io/revision"] ?? "0", 10);
  return {
    name,
    uid,
    number: Number.isNaN(number) ? 0 : number,
    template: withoutHash(template),
    createdAt: creationTimestamp ?? "",
    pods: pods.filter((pod) => controllerOf(pod)?.uid === uid),
  };
}

/** The label is the ReplicaSet's own; a Deployment that carried it would tie its pods to that ReplicaSet. */
function withoutHash(template: PodTemplate): PodTemplate {
  if (!template.metadata?.labels) return template;
  const labels = Object.fromEntries(
    Object.entries(template.metadata.labels).filter(([name]) => name !== "pod-template-hash"),
  );
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Of several with one template, the controller uses the oldest. */
function oldest(revisions: readonly Revision[]): Revision | undefined {
  return revisions.toSorted(
    (one, other) => one.createdAt.localeCompare(other.createdAt) || one.name.localeCompare(other.name),
  )[0];
}

export function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const labels = Object.entries(matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    switch (operator) {
      case "In":
        return `${key} in (${(values ?? []).join(",")})`;
      case "NotIn":
        return `${key} notin (${(values ?? []).join(",")})`;
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
      default:
        throw new Error(`A selector has the operator ${operator}, which nobody here knows.`);
    }
  });
  return [...labels, ...expressions].join(",");
}
