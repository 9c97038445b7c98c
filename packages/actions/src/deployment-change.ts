import type { Answer, ClusterReader, Deployment, PodTemplate } from "@holdfast/cluster";
import type { Fact, Plan, SealedRequest } from "@holdfast/schemas";
import type { Check, RbacRule, World } from "./action.ts";
import { counted } from "./counted.ts";
import { withRevisions, type LiveDeployment } from "./deployment.ts";
import { factNamed, kubeFact } from "./fact.ts";
import { deploymentPath } from "./paths.ts";
import { brokenBecause, isReady, printOf, restartsOf, staying, troubleOf } from "./pods.ts";
import { rolloutOf } from "./rollout.ts";
import { isRecord, sameJson } from "./same-json.ts";
import { patchDoor, sealedPatch, sealedValue, type Door, type Operation } from "./sealed-patch.ts";

/** What every change of a Deployment's template has in common. */

export const DEPLOYMENT_RBAC: readonly RbacRule[] = [
  { group: "apps", resource: "deployments", verbs: ["get", "patch"], named: true },
  { group: "apps", resource: "replicasets", verbs: ["list"], named: false },
  { group: "", resource: "pods", verbs: ["list"], named: false },
];

export const TEMPLATE = "/spec/template";

export function deploymentDoor(namespace: string, deployment: string): Door {
  return patchDoor(deploymentPath(namespace, deployment));
}

/** Bound to the object and the template that was seen, and to nothing that a status write or a moved replica count changes. */
export function templatePatch(
  { namespace, name, uid, object, template }: LiveDeployment,
  change: Operation,
): SealedRequest {
  return sealedPatch(deploymentDoor(namespace, name), [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path: TEMPLATE, value: template },
    { op: "test", path: "/spec/paused", value: object.spec?.paused ?? null },
    change,
  ]);
}

/** "2 of 3 pods serve (revision 2); 1 pod (revision 3) cannot start: ImagePullBackOff" */
export function presentState({ replicas, revisions, pods }: LiveDeployment): string {
  const serving = pods.filter(isReady);
  const by = revisions.filter((each) => each.pods.some(isReady)).map((each) => each.number);
  const broken = revisions.flatMap((each) => {
    const down = staying(each.pods).filter((pod) => !isReady(pod));
    return down.length === 0 ? [] : [`${counted(down.length, "pod")} (revision ${each.number}) ${brokenBecause(down)}`];
  });
  const revision = by.length === 0 ? "" : ` (revision ${by.join(" and ")})`;
  return [
    `${serving.length} of ${counted(replicas, "pod")} ${replicas === 1 ? "serves" : "serve"}${revision}`,
    ...broken,
  ].join("; ");
}

const REVISION = "revision";

export function deploymentFacts(found: LiveDeployment, readAt: Date): readonly Fact[] {
  const trouble = troubleOf(staying(found.pods).filter((pod) => !isReady(pod)));
  return [
    kubeFact(REVISION, revisionOf(found.object), readAt),
    ...found.revisions
      .slice(0, 2)
      .map((each) =>
        kubeFact(
          `ReplicaSet ${each.name}`,
          `revision ${each.number}, created ${each.createdAt}, ${each.pods.filter(isReady).length} of ${counted(each.pods.length, "pod")} ready`,
          readAt,
        ),
      ),
    kubeFact("restarts", String(found.pods.reduce((sum, pod) => sum + restartsOf(pod), 0)), readAt),
    ...(trouble ? [kubeFact("waiting", trouble, readAt)] : []),
  ];
}

function revisionOf(object: Deployment): string {
  return object.metadata?.annotations?.["deployment.kubernetes.io/revision"] ?? "none";
}

/** Whether the sealed change is what the Deployment now holds. */
export type Arrived = (template: PodTemplate | null | undefined, sealed: Plan) => boolean;

export function deploymentLanded(arrived: Arrived) {
  return async (sealed: Plan, live: ClusterReader, signal?: AbortSignal): Promise<"yes" | "no" | "cannot-tell"> => {
    const object = await liveTarget(sealed, live, signal);
    if (!object) return "cannot-tell";
    if (arrived(object.spec?.template, sealed)) return "yes";
    // A revision that moved on while the template is the old one again: the change may have landed and been taken back.
    const untouched =
      isRecord(object.spec?.template) &&
      sameJson(object.spec.template, sealedValue(sealed.request, "test", TEMPLATE)) &&
      revisionOf(object) === factNamed(sealed.facts, REVISION);
    return untouched ? "no" : "cannot-tell";
  };
}

export function deploymentVerify(arrived: Arrived) {
  return async (
    sealed: Plan,
    live: ClusterReader,
    answer: Answer | undefined,
    world: World,
    signal?: AbortSignal,
  ): Promise<Check> => {
    const object = await liveTarget(sealed, live, signal);
    if (!object)
      return {
        outcome: "failed",
        says: `The Deployment ${sealed.target.name} is gone, or another took its name.`,
        print: "",
        observed: [],
      };
    const found = await withRevisions(live, object, sealed.target.namespace ?? "", sealed.target.name, signal);
    const observed = [
      kubeFact("pods", presentState(found), world.now()),
      kubeFact("restarts", String(restarts(found)), world.now()),
      notChecked(world.now()),
    ];
    const check = (outcome: Check["outcome"], says: string): Check => ({
      outcome,
      says,
      print: printOf(found.pods),
      observed,
    });
    if (!arrived(object.spec?.template, sealed))
      return check("failed", "Somebody changed the pod template after this change, so it is no longer in force.");
    return check(...judged(found, object, answer?.object?.metadata?.generation ?? 0, sealed.plannedAt));
  };
}

function judged(
  found: LiveDeployment,
  object: Deployment,
  floor: number,
  plannedAt: number,
): readonly [Check["outcome"], string] {
  const rollout = rolloutOf(object, floor, plannedAt);
  if (rollout.outcome === "failed") return ["failed", `The rollout failed: ${rollout.why}.`];
  const state = presentState(found);
  const serving = found.present?.pods.filter(isReady).length ?? 0;
  if (rollout.outcome === "pending" || serving < found.replicas) return ["pending", `${state}; ${rollout.why}.`];
  return ["healthy", `${state}.`];
}

function restarts(found: LiveDeployment): number {
  return (found.present?.pods ?? []).reduce((sum, pod) => sum + restartsOf(pod), 0);
}

function notChecked(now: Date): Fact {
  return { name: "users", value: "not checked", source: "none", readAt: now.getTime() };
}

async function liveTarget(
  { target }: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<Deployment | undefined> {
  const object = await live.get<Deployment>(
    { kind: "Deployment", namespace: target.namespace, name: target.name },
    signal,
  );
  return object?.metadata?.uid === target.uid ? object : undefined;
}
