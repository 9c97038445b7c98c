import type { Answer, ClusterReader, Deployment } from "@holdfast/cluster";
import type { Fact, Plan, SealedRequest } from "@holdfast/schemas";
import type { Check, RbacRule, World } from "./action.ts";
import { counted } from "./counted.ts";
import { withRevisions, type LiveDeployment } from "./deployment.ts";
import { factNamed, kubeFact, usersNotChecked } from "./fact.ts";
import { appPath } from "./paths.ts";
import { isReady, printOf, restartsOf, staying, troubleOf } from "./pods.ts";
import { presentState } from "./present-state.ts";
import { rolloutOf } from "./rollout.ts";
import { isRecord, sameJson } from "./same-json.ts";
import {
  patchDoor,
  sealedPatch,
  sealedValue,
  TEMPLATE,
  type Arrived,
  type Door,
  type Operation,
} from "./sealed-patch.ts";

/** What every change of a Deployment's template has in common. */

export const DEPLOYMENT_RBAC: readonly RbacRule[] = [
  { group: "apps", resource: "deployments", verbs: ["get", "patch"], named: true },
  { group: "apps", resource: "replicasets", verbs: ["list"], named: false },
  { group: "", resource: "pods", verbs: ["list"], named: false },
];

export const PAUSED = "/spec/paused";

export function deploymentDoor(namespace: string, deployment: string): Door {
  return patchDoor(appPath("deployments", namespace, deployment));
}

/** Bound to the object and the template that was seen, and to nothing that a status write or a moved replica count changes. */
export function templatePatch(
  { namespace, name, uid, object, template }: LiveDeployment,
  change: Operation,
): SealedRequest {
  return sealedPatch(deploymentDoor(namespace, name), [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path: TEMPLATE, value: template },
    { op: "test", path: PAUSED, value: object.spec?.paused ?? null },
    change,
  ]);
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

export function deploymentLanded(arrived: Arrived) {
  return async (sealed: Plan, live: ClusterReader, signal?: AbortSignal): Promise<"yes" | "no" | "cannot-tell"> => {
    const object = await liveDeployment(sealed, live, signal);
    if (!object) return "cannot-tell";
    if (arrived(object.spec, sealed)) return "yes";
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
    const object = await liveDeployment(sealed, live, signal);
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
      usersNotChecked(world.now()),
    ];
    const check = (outcome: Check["outcome"], says: string): Check => ({
      outcome,
      says,
      print: printOf(found.pods),
      observed,
    });
    if (!arrived(object.spec, sealed))
      return check("failed", "Somebody changed it again after this change, so the change is no longer in force.");
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

export async function liveDeployment(
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
