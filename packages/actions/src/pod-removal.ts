import type { Answer, ClusterReader, KubeObject, LabelSelector, OwnerReference, Pod } from "@holdfast/cluster";
import type { Fact, Plan, SealedRequest } from "@holdfast/schemas";
import type { Change, Check, RbacRule, World } from "./action.ts";
import { counted } from "./counted.ts";
import { refused, selectorText, type Refusal } from "./deployment.ts";
import { factNamed, kubeFact } from "./fact.ts";
import { brokenBecause, controllerOf, isReady, printOf, restartsOf, staying, troubleOf } from "./pods.ts";
import { volatileData } from "./volatile-data.ts";

/** What deleting a pod and evicting it have in common: its controller replaces it. */

export function podRbac(verb: "delete" | undefined): readonly RbacRule[] {
  return [
    { group: "", resource: "pods", verbs: ["get", "list", ...(verb ? [verb] : [])], named: false },
    { group: "apps", resource: "replicasets", verbs: ["get"], named: false },
    { group: "apps", resource: "statefulsets", verbs: ["get"], named: true },
    { group: "apps", resource: "daemonsets", verbs: ["get"], named: true },
  ];
}

/** A Job's pod is not among them: its replacement does the work again, side effects included. */
const RESTORING = ["ReplicaSet", "StatefulSet", "DaemonSet"] as const;
type Restoring = (typeof RESTORING)[number];
type Controller = { readonly kind: Restoring; readonly name: string; readonly uid: string };

export type ReplaceablePod = {
  readonly outcome: "found";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pod: Pod;
  readonly controller: Controller;
  readonly workload: { readonly kind: string; readonly name: string };
  readonly wanted: number;
  readonly peers: readonly Pod[];
};

export async function replaceablePod(
  live: ClusterReader,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<ReplaceablePod | Refusal> {
  const pod = await live.get<Pod>({ kind: "Pod", namespace, name }, signal);
  if (!pod?.metadata?.uid) return refused("object-not-found", `There is no pod ${namespace}/${name}.`);
  if (pod.metadata.deletionTimestamp)
    return refused("being-deleted", `The pod ${namespace}/${name} is already being deleted.`);
  const controller = restoring(controllerOf(pod));
  if (!controller)
    return refused(
      "not-controlled",
      `No controller would replace the pod ${namespace}/${name}, so deleting it would lose it.`,
    );
  const owner = await live.get<Owner>(controllerRef(namespace, controller), signal);
  if (owner?.metadata?.uid !== controller.uid)
    return refused(
      "not-controlled",
      `The ${controller.kind} ${controller.name} that made the pod ${namespace}/${name} is gone, so nothing would replace it.`,
    );
  const above = controller.kind === "ReplicaSet" ? controllerOf(owner) : undefined;
  const peers = await peersOf(live, namespace, owner, signal);
  return {
    outcome: "found",
    namespace,
    name,
    uid: pod.metadata.uid,
    pod,
    controller,
    workload: above ?? controller,
    wanted: wantedBy(owner),
    peers,
  };
}

function restoring(owner: OwnerReference | undefined): Controller | undefined {
  const kind = RESTORING.find((each) => each === owner?.kind);
  return owner && kind ? { kind, name: owner.name, uid: owner.uid } : undefined;
}

function controllerRef(namespace: string, { kind, name }: Pick<Controller, "kind" | "name">) {
  return { kind, namespace, name };
}

async function peersOf(
  live: ClusterReader,
  namespace: string,
  owner: Owner,
  signal?: AbortSignal,
): Promise<readonly Pod[]> {
  const pods = await live.list<Pod>(
    "Pod",
    { namespace, labelSelector: selectorText(owner.spec?.selector ?? {}) },
    signal,
  );
  return pods.filter((each) => controllerOf(each)?.uid === owner.metadata?.uid);
}

/** What ReplicaSets, StatefulSets and DaemonSets have in common here. */
type Owner = KubeObject & {
  readonly spec?: { readonly replicas?: number | null; readonly selector?: LabelSelector | null } | null;
  readonly status?: { readonly desiredNumberScheduled?: number | null } | null;
};

/** How many pods the controller keeps: replicas, or for a DaemonSet one a node. */
function wantedBy({ spec, status }: Owner): number {
  return status?.desiredNumberScheduled ?? spec?.replicas ?? 1;
}

const CONTROLLER = "controller";

export function removal(
  { namespace, name, uid, pod, controller, workload, wanted, peers }: ReplaceablePod,
  request: SealedRequest,
  more: readonly Fact[],
  { cluster, now }: World,
): Change {
  const readAt = now();
  const others = peers.filter((each) => each.metadata?.uid !== uid && isReady(each)).length;
  const trouble = troubleOf([pod]);
  return {
    target: { cluster, namespace, kind: "Pod", name, uid },
    subject: `${cluster}/${namespace}/${workload.kind}/${workload.name}`,
    podsAffected: 1,
    pods: [name],
    request,
    before: { metadata: { uid } },
    after: { metadata: { uid: null } },
    now: isReady(pod)
      ? `this pod serves, and so do ${others} others of ${counted(wanted, "pod")}`
      : `this pod ${brokenBecause([pod])}; ${others} others of ${counted(wanted, "pod")} serve`,
    touches: `this pod goes and ${workload.kind} ${workload.name} starts a new one; the ${counted(others, "other serving pod")} ${others === 1 ? "stays" : "stay"}`,
    backOut: {
      kind: "self_heals",
      command: null,
      action: null,
      because: `${controller.kind} ${controller.name} replaces the pod by itself.`,
    },
    notUndone: volatileData(pod.spec, "the pod"),
    owner: null,
    facts: [
      kubeFact(CONTROLLER, `${controller.kind}/${controller.name}/${controller.uid}`, readAt),
      kubeFact("node", pod.spec?.nodeName ?? "none", readAt),
      kubeFact("restarts", String(restartsOf(pod)), readAt),
      kubeFact("others ready", String(others), readAt),
      ...(trouble ? [kubeFact("waiting", trouble, readAt)] : []),
      ...more,
    ],
  };
}

/** By the uid: the sealed pod is gone, or somebody asked it to stop. */
export async function removalLanded(
  { target }: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<"yes" | "no"> {
  const pod = await live.get({ kind: "Pod", namespace: target.namespace, name: target.name }, signal);
  return pod?.metadata?.uid === target.uid && !pod?.metadata?.deletionTimestamp ? "no" : "yes";
}

/** Done when the pod is gone and its controller has as many ready pods as it wants. */
export async function removalVerify(
  sealed: Plan,
  live: ClusterReader,
  _answer: Answer | undefined,
  world: World,
  signal?: AbortSignal,
): Promise<Check> {
  const { namespace, uid } = sealed.target;
  const [kind = "", name = "", controllerUid = ""] = factNamed(sealed.facts, CONTROLLER)?.split("/") ?? [];
  const controller = restoring({ kind, name, uid: controllerUid, controller: true });
  if (!controller || namespace === null) throw new Error("The sealed plan does not name the controller of the pod.");
  const owner = await live.get<Owner>(controllerRef(namespace, controller), signal);
  if (owner?.metadata?.uid !== controller.uid)
    return {
      outcome: "failed",
      says: `The ${kind} ${name} is gone, so nothing replaces the pod.`,
      print: "",
      observed: [],
    };
  const peers = await peersOf(live, namespace, owner, signal);
  const stopping = peers.some((each) => each.metadata?.uid === uid);
  const ready = peers.filter((each) => each.metadata?.uid !== uid && isReady(each));
  const wanted = wantedBy(owner);
  const state = `${ready.length} of ${counted(wanted, "pod")} of ${kind} ${name} ${ready.length === 1 ? "serves" : "serve"}`;
  const observed = [
    kubeFact("pods", state, world.now()),
    kubeFact("restarts", String(staying(peers).reduce((sum, each) => sum + restartsOf(each), 0)), world.now()),
  ];
  const print = printOf(peers);
  if (stopping) return { outcome: "pending", says: `The old pod is still stopping; ${state}.`, print, observed };
  if (ready.length < wanted)
    return { outcome: "pending", says: `${state}; the replacement is not ready yet.`, print, observed };
  return { outcome: "healthy", says: `The pod is replaced; ${state}.`, print, observed };
}
