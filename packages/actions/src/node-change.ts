import type { Answer, ClusterReader, Node } from "@holdfast/cluster";
import type { BackOut, Plan } from "@holdfast/schemas";
import type { Change, Check, RbacRule, World } from "./action.ts";
import { refused, type Refusal } from "./deployment.ts";
import { kubeFact } from "./fact.ts";
import { ownerOf } from "./owner.ts";
import { nodePath } from "./paths.ts";
import { patchDoor, sealedPatch, sealedValue, type Door } from "./sealed-patch.ts";

/** What cordoning a node and taking it back have in common. */

export const NODE_RBAC: readonly RbacRule[] = [{ group: "", resource: "nodes", verbs: ["get", "patch"], named: true }];

const UNSCHEDULABLE = "/spec/unschedulable";

export function nodeDoor(name: string): Door {
  return patchDoor(nodePath(name));
}

export type LiveNode = {
  readonly outcome: "found";
  readonly name: string;
  readonly uid: string;
  readonly object: Node;
  readonly cordoned: boolean;
};

export async function changeableNode(
  live: ClusterReader,
  name: string,
  signal?: AbortSignal,
): Promise<LiveNode | Refusal> {
  const object = await live.get<Node>({ kind: "Node", namespace: null, name }, signal);
  if (!object?.metadata?.uid) return refused("object-not-found", `There is no node ${name}.`);
  if (object.metadata.deletionTimestamp) return refused("being-deleted", `The node ${name} is being deleted.`);
  return { outcome: "found", name, uid: object.metadata.uid, object, cordoned: object.spec?.unschedulable === true };
}

/** Running pods stay where they are, so none is affected: what a cordon changes is where new ones may go. */
export function nodeChange(
  node: LiveNode,
  unschedulable: boolean,
  touches: string,
  backOut: BackOut,
  { cluster, now }: World,
): Change {
  const { name, uid, object } = node;
  return {
    target: { cluster, namespace: null, kind: "Node", name, uid },
    subject: `${cluster}/Node/${name}`,
    podsAffected: 0,
    pods: [],
    request: sealedPatch(nodeDoor(name), [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: UNSCHEDULABLE, value: object.spec?.unschedulable ?? null },
      { op: "add", path: UNSCHEDULABLE, value: unschedulable },
    ]),
    before: { spec: { unschedulable: object.spec?.unschedulable ?? null } },
    after: { spec: { unschedulable } },
    now: stateOf(node),
    touches,
    backOut,
    notUndone: [],
    owner: ownerOf(object),
    facts: [kubeFact("ready", readiness(object), now())],
  };
}

function stateOf({ name, object, cordoned }: LiveNode): string {
  return `node ${name} is ${cordoned ? "cordoned" : "open to new pods"}; ${readiness(object)}`;
}

function readiness(object: Node): string {
  const ready = (object.status?.conditions ?? []).find((each) => each.type === "Ready");
  return ready
    ? `Ready=${ready.status}${ready.lastTransitionTime ? ` since ${ready.lastTransitionTime}` : ""}`
    : "Ready not known";
}

export async function nodeLanded(
  sealed: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<"yes" | "no" | "cannot-tell"> {
  const object = await liveTarget(sealed, live, signal);
  if (!object) return "cannot-tell";
  if (isSealed(object, sealed)) return "yes";
  return (object.spec?.unschedulable ?? null) === sealedValue(sealed.request, "test", UNSCHEDULABLE)
    ? "no"
    : "cannot-tell";
}

export async function nodeVerify(
  sealed: Plan,
  live: ClusterReader,
  _answer: Answer | undefined,
  { now }: World,
  signal?: AbortSignal,
): Promise<Check> {
  const object = await liveTarget(sealed, live, signal);
  if (!object)
    return {
      outcome: "failed",
      says: `The node ${sealed.target.name} is gone, or another took its name.`,
      print: "",
      observed: [],
    };
  const cordoned = object.spec?.unschedulable === true;
  const observed = [kubeFact("unschedulable", String(cordoned), now()), kubeFact("ready", readiness(object), now())];
  const says = `The node ${sealed.target.name} is ${cordoned ? "cordoned" : "open to new pods"}; ${readiness(object)}.`;
  return {
    outcome: isSealed(object, sealed) ? "healthy" : "failed",
    says,
    print: `${object.metadata?.uid}:${cordoned}`,
    observed,
  };
}

/** An absent field and false are the same to the scheduler. */
function isSealed(object: Node, sealed: Plan): boolean {
  return (object.spec?.unschedulable ?? false) === sealedValue(sealed.request, "add", UNSCHEDULABLE);
}

async function liveTarget({ target }: Plan, live: ClusterReader, signal?: AbortSignal): Promise<Node | undefined> {
  const object = await live.get<Node>({ kind: "Node", namespace: null, name: target.name }, signal);
  return object?.metadata?.uid === target.uid ? object : undefined;
}
