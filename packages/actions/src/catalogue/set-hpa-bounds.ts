import type { Answer, ClusterReader, Deployment, HorizontalPodAutoscaler, StatefulSet } from "@holdfast/cluster";
import { nameValues, type BackOut, type Plan } from "@holdfast/schemas";
import { z } from "zod";
import type { Action, Change, Check, Planning, World } from "../action.ts";
import { counted } from "../counted.ts";
import { refused, type Refusal } from "../deployment.ts";
import { difference } from "../difference.ts";
import { entry } from "../entry.ts";
import { kubeFact, usersNotChecked } from "../fact.ts";
import { label, subdomain } from "../names.ts";
import { ownerOf } from "../owner.ts";
import { autoscalerPath } from "../paths.ts";
import { patchDoor, sealedPatch, sealedValue, type Door } from "../sealed-patch.ts";
import { quoted } from "../shell.ts";
import { podCount } from "../whole-number.ts";

const NAME = "set_hpa_bounds";
const MIN = "/spec/minReplicas";
const MAX = "/spec/maxReplicas";

type Input = {
  readonly namespace: string;
  readonly hpa: string;
  readonly minReplicas: string;
  readonly maxReplicas: string;
};

const setBounds: Action<Input> = {
  name: NAME,
  says: "Sets between how many pods a HorizontalPodAutoscaler may choose; its maximum may at most double.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, hpa: subdomain, minReplicas: podCount, maxReplicas: podCount }),
  rbac: [
    { group: "autoscaling", resource: "horizontalpodautoscalers", verbs: ["get", "patch"], named: true },
    { group: "apps", resource: "deployments", verbs: ["get"], named: true },
    { group: "apps", resource: "statefulsets", verbs: ["get"], named: true },
  ],
  subject: ({ namespace, hpa }) => ({ kind: "HorizontalPodAutoscaler", namespace, name: hpa }),
  door: ({ namespace, hpa }) => doorOf(namespace, hpa),
  plan: async (live, { namespace, hpa, minReplicas, maxReplicas }, world, signal): Promise<Planning> => {
    const read = await changeable(live, namespace, hpa, signal);
    if (read.outcome === "refused") return read;
    const to = { min: Number(minReplicas), max: Number(maxReplicas) };
    return refusal(read, to) ?? { outcome: "planned", change: changeOf(read, to, world) };
  },
  landed: async (sealed, live, signal) => {
    const object = await liveTarget(sealed, live, signal);
    if (!object) return "cannot-tell";
    if (holds(object, sealed, "add")) return "yes";
    return holds(object, sealed, "test") ? "no" : "cannot-tell";
  },
  verify,
};

export const action = entry(setBounds);

type Bounds = { readonly min: number; readonly max: number };
type Scaled = { readonly kind: "Deployment" | "StatefulSet"; readonly name: string; readonly replicas: number };

type Found = {
  readonly outcome: "found";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly object: HorizontalPodAutoscaler;
  readonly from: Bounds;
  readonly scaled: Scaled;
};

async function changeable(
  live: ClusterReader,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<Found | Refusal> {
  const object = await live.get<HorizontalPodAutoscaler>({ kind: "HorizontalPodAutoscaler", namespace, name }, signal);
  const uid = object?.metadata?.uid;
  if (!object || !uid) return refused("object-not-found", `There is no HorizontalPodAutoscaler ${namespace}/${name}.`);
  if (object.metadata?.deletionTimestamp)
    return refused("being-deleted", `The HorizontalPodAutoscaler ${namespace}/${name} is being deleted.`);
  const scaled = await scaledBy(live, namespace, object, signal);
  if (!scaled)
    return refused(
      "not-a-workload",
      `The HorizontalPodAutoscaler ${namespace}/${name} scales no Deployment and no StatefulSet that is there.`,
    );
  const from = { min: object.spec?.minReplicas ?? 1, max: object.spec?.maxReplicas ?? 0 };
  return { outcome: "found", namespace, name, uid, object, from, scaled };
}

async function scaledBy(
  live: ClusterReader,
  namespace: string,
  { spec }: HorizontalPodAutoscaler,
  signal?: AbortSignal,
): Promise<Scaled | undefined> {
  const { kind, name = "" } = spec?.scaleTargetRef ?? {};
  if (kind !== "Deployment" && kind !== "StatefulSet") return undefined;
  const workload = await live.get<Deployment | StatefulSet>({ kind, namespace, name }, signal);
  return workload && { kind, name, replicas: workload.spec?.replicas ?? 1 };
}

function refusal({ namespace, name, from }: Found, to: Bounds): Refusal | undefined {
  const said = `The HorizontalPodAutoscaler ${namespace}/${name} chooses between ${from.min} and ${from.max} pods`;
  if (to.min > to.max) return refused("min-above-max", `A minimum of ${to.min} is above the maximum of ${to.max}.`);
  if (from.min < 1) return refused("scaled-to-zero", `${said}: the way back would let it scale to zero.`);
  if (to.min === from.min && to.max === from.max) return refused("already-at-target", `${said} already.`);
  if (to.max > from.max * 2)
    return refused("max-more-than-doubled", `${said}: its maximum may at most double at once, to ${from.max * 2}.`);
  return undefined;
}

function doorOf(namespace: string, hpa: string): Door {
  return patchDoor(autoscalerPath(namespace, hpa));
}

function changeOf(found: Found, to: Bounds, { cluster, now }: World): Change {
  const { namespace, name, uid, object, from, scaled } = found;
  const bounds = { minReplicas: object.spec?.minReplicas ?? null, maxReplicas: object.spec?.maxReplicas ?? null };
  const changed = difference({ spec: bounds }, { spec: { minReplicas: to.min, maxReplicas: to.max } });
  return {
    target: { cluster, namespace, kind: "HorizontalPodAutoscaler", name, uid },
    subject: `${cluster}/${namespace}/${scaled.kind}/${scaled.name}`,
    podsAffected: Math.max(...Object.values(moving(found, to))),
    pods: [],
    request: sealedPatch(doorOf(namespace, name), [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: MIN, value: bounds.minReplicas },
      { op: "test", path: MAX, value: bounds.maxReplicas },
      { op: "add", path: MIN, value: to.min },
      { op: "add", path: MAX, value: to.max },
    ]),
    before: changed?.before,
    after: changed?.after,
    now: `between ${from.min} and ${counted(from.max, "pod")}, and now ${scaled.replicas}`,
    touches: touched(found, to),
    backOut: backOutOf(found, to),
    notUndone: [],
    owner: ownerOf(object),
    facts: [
      kubeFact("replicas", String(scaled.replicas), now()),
      kubeFact("wanted", String(object.status?.desiredReplicas ?? "not known"), now()),
    ],
  };
}

/** How many pods must move at once, and how many more or fewer the autoscaler may choose than before. */
function moving({ from, scaled: { replicas } }: Found, to: Bounds) {
  return {
    starting: Math.max(0, to.min - replicas),
    stopping: Math.max(0, replicas - to.max),
    more: Math.max(0, to.max - Math.max(from.max, replicas)),
    fewer: Math.max(0, Math.min(from.min, replicas) - to.min),
  };
}

/** "Deployment web: 1 pod starts at once; up to 4 more pods may run than before" */
function touched(found: Found, to: Bounds): string {
  const { kind, name } = found.scaled;
  const { starting, stopping, more, fewer } = moving(found, to);
  const parts = [
    ...(starting > 0 ? [`${counted(starting, "pod")} ${starting === 1 ? "starts" : "start"} at once`] : []),
    ...(stopping > 0 ? [`${counted(stopping, "pod")} ${stopping === 1 ? "stops" : "stop"} at once`] : []),
    ...(more > 0 ? [`up to ${counted(more, "pod")} more may run than before`] : []),
    ...(fewer > 0 ? [`up to ${counted(fewer, "pod")} fewer may run than before`] : []),
  ];
  return `${kind} ${name}: ${parts.length === 0 ? "no pod moves at once" : parts.join("; ")}`;
}

function backOutOf({ namespace, name, uid, from }: Found, to: Bounds): BackOut {
  const patch = JSON.stringify([
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path: MIN, value: to.min },
    { op: "test", path: MAX, value: to.max },
    { op: "replace", path: MIN, value: from.min },
    { op: "replace", path: MAX, value: from.max },
  ]);
  const given = { namespace, hpa: name, minReplicas: String(from.min), maxReplicas: String(from.max) };
  return {
    kind: "command",
    command: `kubectl -n ${namespace} patch hpa ${name} --type=json -p ${quoted(patch)}`,
    action: { action: NAME, arguments: nameValues(given) },
    because: null,
  };
}

function holds({ spec }: HorizontalPodAutoscaler, { request }: Plan, op: "test" | "add"): boolean {
  const min = sealedValue(request, op, MIN);
  return (spec?.minReplicas ?? null) === min && (spec?.maxReplicas ?? null) === sealedValue(request, op, MAX);
}

/** The bounds are in force when the workload is within them and all its pods serve. What the autoscaler chooses is its own. */
async function verify(
  sealed: Plan,
  live: ClusterReader,
  _answer: Answer | undefined,
  { now }: World,
  signal?: AbortSignal,
): Promise<Check> {
  const object = await liveTarget(sealed, live, signal);
  const { namespace, name } = sealed.target;
  if (!object) return failed(`The HorizontalPodAutoscaler ${name} is gone, or another took its name.`);
  if (!holds(object, sealed, "add")) return failed("Somebody changed the bounds again after this change.");
  const { kind, name: scaled = "" } = object.spec?.scaleTargetRef ?? {};
  if (kind !== "Deployment" && kind !== "StatefulSet")
    return failed("It scales neither a Deployment nor a StatefulSet.");
  const workload = await live.get<Deployment | StatefulSet>({ kind, namespace, name: scaled }, signal);
  if (!workload) return failed(`The ${kind} ${scaled} that it scales is gone.`);
  const replicas = workload.spec?.replicas ?? 1;
  const ready = workload.status?.readyReplicas ?? 0;
  const state = `${ready} of ${counted(replicas, "pod")} of ${kind} ${scaled} ${ready === 1 ? "serves" : "serve"}, between ${object.spec?.minReplicas ?? 1} and ${object.spec?.maxReplicas ?? 0}`;
  const within = replicas >= (object.spec?.minReplicas ?? 1) && replicas <= (object.spec?.maxReplicas ?? 0);
  return {
    outcome: within && ready >= replicas ? "healthy" : "pending",
    says: within ? `${state}.` : `${state}; the autoscaler has not acted yet.`,
    print: `${replicas}`,
    observed: [kubeFact("pods", state, now()), usersNotChecked(now())],
  };
}

function failed(says: string): Check {
  return { outcome: "failed", says, print: "", observed: [] };
}

async function liveTarget(
  { target }: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<HorizontalPodAutoscaler | undefined> {
  const ref = { kind: "HorizontalPodAutoscaler", namespace: target.namespace, name: target.name } as const;
  const object = await live.get<HorizontalPodAutoscaler>(ref, signal);
  return object?.metadata?.uid === target.uid ? object : undefined;
}
