import type { Answer, ClusterReader } from "@holdfast/cluster";
import { nameValues, type BackOut, type Plan } from "@holdfast/schemas";
import { z } from "zod";
import type { Change, Check, RbacRule, Subject, World } from "./action.ts";
import { autoscalersOf } from "./autoscaler.ts";
import { counted } from "./counted.ts";
import { refused, standingDeployment, type LiveDeployment, type Refusal } from "./deployment.ts";
import { factNamed, kubeFact, usersNotChecked } from "./fact.ts";
import { label, subdomain } from "./names.ts";
import { ownerOf } from "./owner.ts";
import { appPath } from "./paths.ts";
import { isReady, printOf, restartsOf, staying } from "./pods.ts";
import { presentState } from "./present-state.ts";
import { patchDoor, sealedPatch, sealedValue, type Door } from "./sealed-patch.ts";
import { readSet, type LiveSet } from "./set.ts";
import { podCount } from "./whole-number.ts";

/** What scaling up and scaling down have in common. */

export type ScaleInput = {
  readonly namespace: string;
  readonly replicas: string;
  readonly deployment?: string;
  readonly statefulset?: string;
};

export const scaleInput = z
  .strictObject({
    namespace: label,
    replicas: podCount.describe("how many pods there should be"),
    deployment: subdomain.exactOptional().describe("the Deployment to scale; or else a StatefulSet"),
    statefulset: subdomain.exactOptional().describe("the StatefulSet to scale; or else a Deployment"),
  })
  .refine(
    ({ deployment, statefulset }) => (deployment === undefined) !== (statefulset === undefined),
    "name either a deployment or a statefulset",
  );

export const SCALE_RBAC: readonly RbacRule[] = [
  { group: "apps", resource: "deployments", verbs: ["get"], named: true },
  { group: "apps", resource: "deployments/scale", verbs: ["patch"], named: true },
  { group: "apps", resource: "statefulsets", verbs: ["get"], named: true },
  { group: "apps", resource: "statefulsets/scale", verbs: ["patch"], named: true },
  { group: "apps", resource: "replicasets", verbs: ["list"], named: false },
  { group: "apps", resource: "controllerrevisions", verbs: ["list"], named: false },
  { group: "autoscaling", resource: "horizontalpodautoscalers", verbs: ["list"], named: false },
  { group: "", resource: "pods", verbs: ["list"], named: false },
];

const REPLICAS = "/spec/replicas";
const GENERATION = "generation";

type Scalable =
  | { readonly kind: "Deployment"; readonly found: LiveDeployment }
  | { readonly kind: "StatefulSet"; readonly found: LiveSet };

export type Scaling = { readonly outcome: "scaling"; readonly workload: Scalable; readonly to: number };

export function scaleSubject(
  input: ScaleInput,
): Subject & { readonly kind: Scalable["kind"]; readonly namespace: string } {
  const { namespace, deployment, statefulset } = input;
  if (deployment !== undefined) return { kind: "Deployment", namespace, name: deployment };
  return { kind: "StatefulSet", namespace, name: statefulset ?? "" };
}

export function scaleDoor(input: ScaleInput): Door {
  const { kind, namespace, name } = scaleSubject(input);
  return patchDoor(`${appPath(kind === "Deployment" ? "deployments" : "statefulsets", namespace, name)}/scale`);
}

/** A workload that may get another number of pods; or why it may not. */
export async function scalable(
  live: ClusterReader,
  input: ScaleInput,
  signal?: AbortSignal,
): Promise<Scaling | Refusal> {
  const { kind, namespace, name } = scaleSubject(input);
  const workload = await standing(live, kind, namespace, name, signal);
  if ("outcome" in workload) return workload;
  const replicas = workload.found.replicas;
  if (replicas === 0)
    return refused(
      "scaled-to-zero",
      `${kind} ${namespace}/${name} is scaled to zero: somebody switched it off, and the way back would be to switch it off again.`,
    );
  if (replicas === Number(input.replicas))
    return refused("already-at-target", `${kind} ${namespace}/${name} has ${counted(replicas, "replica")} already.`);
  const autoscalers = await autoscalersOf(live, { kind, namespace, name }, signal);
  if (autoscalers.length > 0)
    return refused(
      "autoscaled",
      `The autoscaler ${autoscalers.join(" and ")} keeps the number of pods of ${kind} ${namespace}/${name} and would set it back: its bounds are what can be changed.`,
    );
  return { outcome: "scaling", workload, to: Number(input.replicas) };
}

async function standing(
  live: ClusterReader,
  kind: Scalable["kind"],
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<Scalable | Refusal> {
  if (kind === "Deployment") {
    const read = await standingDeployment(live, namespace, name, signal);
    return read.outcome === "refused" ? read : { kind, found: read.found };
  }
  const found = await readSet(live, kind, namespace, name, signal);
  if (!found) return refused("object-not-found", `There is no StatefulSet ${namespace}/${name}.`);
  if (found.object.metadata?.deletionTimestamp)
    return refused("being-deleted", `The StatefulSet ${namespace}/${name} is being deleted.`);
  return { kind, found };
}

export function scaleChange(
  { workload: { kind, found }, to }: Scaling,
  words: Pick<Change, "pods" | "touches" | "notUndone"> & { readonly undo: string },
  { cluster, now }: World,
): Change {
  const { namespace, name, uid, replicas, object } = found;
  const argument = kind === "Deployment" ? "deployment" : "statefulset";
  const given = { namespace, [argument]: name };
  return {
    target: { cluster, namespace, kind, name, uid },
    subject: `${cluster}/${namespace}/${kind}/${name}`,
    podsAffected: Math.abs(to - replicas),
    pods: words.pods,
    request: sealedPatch(scaleDoor({ ...given, namespace, replicas: String(to) }), [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: REPLICAS, value: replicas },
      { op: "replace", path: REPLICAS, value: to },
    ]),
    before: { spec: { replicas } },
    after: { spec: { replicas: to } },
    now: presentState(found),
    touches: words.touches,
    backOut: backOutOf(words.undo, argument, found, to),
    notUndone: words.notUndone,
    owner: ownerOf(object),
    facts: [
      kubeFact("replicas", String(replicas), now()),
      kubeFact(GENERATION, generationOf(found), now()),
      kubeFact("autoscaler", "none", now()),
    ],
  };
}

/** Bound to the number that this change sets: whoever changed it since has other plans. */
function backOutOf(
  action: string,
  argument: string,
  { namespace, name, replicas }: Pick<LiveDeployment, "namespace" | "name" | "replicas">,
  to: number,
): BackOut {
  return {
    kind: "command",
    command: `kubectl -n ${namespace} scale ${argument} ${name} --current-replicas=${to} --replicas=${replicas}`,
    action: { action, arguments: nameValues({ [argument]: name, namespace, replicas: String(replicas) }) },
    because: null,
  };
}

export async function scaleLanded(
  sealed: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<"yes" | "no" | "cannot-tell"> {
  const found = await liveTarget(sealed, live, signal);
  if (!found) return "cannot-tell";
  if (found.replicas === sealedValue(sealed.request, "replace", REPLICAS)) return "yes";
  // The same generation: nobody wrote it since, so it was not scaled there and back in between either.
  return generationOf(found) === factNamed(sealed.facts, GENERATION) ? "no" : "cannot-tell";
}

export async function scaleVerify(
  sealed: Plan,
  live: ClusterReader,
  _answer: Answer | undefined,
  { now }: World,
  signal?: AbortSignal,
): Promise<Check> {
  const found = await liveTarget(sealed, live, signal);
  const { kind, name } = sealed.target;
  if (!found)
    return {
      outcome: "failed",
      says: `The ${kind} ${name} is gone, or another took its name.`,
      print: "",
      observed: [],
    };
  const pods = staying(found.pods);
  const state = presentState(found);
  const observed = [
    kubeFact("pods", state, now()),
    kubeFact("restarts", String(pods.reduce((sum, pod) => sum + restartsOf(pod), 0)), now()),
    usersNotChecked(now()),
  ];
  const check = { says: `${state}.`, print: printOf(pods), observed };
  if (found.replicas !== sealedValue(sealed.request, "replace", REPLICAS))
    return { ...check, outcome: "failed", says: "Somebody changed the number of replicas after this change." };
  const serving = pods.filter(isReady).length;
  if (pods.length === found.replicas && serving === found.replicas) return { ...check, outcome: "healthy" };
  return {
    ...check,
    outcome: "pending",
    says: `${state}; there are ${pods.length} of ${counted(found.replicas, "pod")}.`,
  };
}

async function liveTarget(
  { target }: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<Scalable["found"] | undefined> {
  const kind = target.kind === "Deployment" ? "Deployment" : "StatefulSet";
  const workload = await standing(live, kind, target.namespace ?? "", target.name, signal);
  return "outcome" in workload || workload.found.uid !== target.uid ? undefined : workload.found;
}

function generationOf({ object }: Scalable["found"]): string {
  return String(object.metadata?.generation ?? 0);
}
