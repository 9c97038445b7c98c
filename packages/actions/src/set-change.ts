import type { Answer, ClusterReader, Pod } from "@holdfast/cluster";
import type { Fact, Plan } from "@holdfast/schemas";
import type { Change, Check, RbacRule, World } from "./action.ts";
import { counted } from "./counted.ts";
import { factNamed, kubeFact, usersNotChecked } from "./fact.ts";
import { appPath } from "./paths.ts";
import { brokenBecause, isReady, podNames, printOf, restartsOf, staying, troubleOf } from "./pods.ts";
import { presentState } from "./present-state.ts";
import { sameJson } from "./same-json.ts";
import {
  patchDoor,
  sealedPatch,
  sealedValue,
  TEMPLATE,
  type Arrived,
  type Door,
  type Operation,
} from "./sealed-patch.ts";
import { holdingUp, readSet, type LiveSet, type SetKind } from "./set.ts";

/** What every change of a StatefulSet's or DaemonSet's template has in common. */

export function setRbac(plural: "statefulsets" | "daemonsets"): readonly RbacRule[] {
  return [
    { group: "apps", resource: plural, verbs: ["get", "patch"], named: true },
    { group: "apps", resource: "controllerrevisions", verbs: ["list"], named: false },
    { group: "", resource: "pods", verbs: ["list"], named: false },
  ];
}

export function setDoor(kind: SetKind, namespace: string, name: string): Door {
  return patchDoor(appPath(kind === "StatefulSet" ? "statefulsets" : "daemonsets", namespace, name));
}

type Own = Pick<Change, "before" | "after" | "touches" | "backOut" | "notUndone" | "owner"> & {
  readonly change: Operation;
  readonly going: number;
  readonly pods: Change["pods"];
};

/** Bound to the object and the template that was seen, and to nothing that a status write or a moved replica count changes. */
export function setChange(found: LiveSet, own: Own, { cluster, now }: World): Change {
  const { kind, namespace, name, uid, template } = found;
  const { change, going, ...rest } = own;
  return {
    target: { cluster, namespace, kind, name, uid },
    subject: `${cluster}/${namespace}/${kind}/${name}`,
    podsAffected: going,
    request: sealedPatch(setDoor(kind, namespace, name), [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: TEMPLATE, value: template },
      change,
    ]),
    now: presentState(found),
    ...rest,
    facts: setFacts(found, now()),
  };
}

/** A controller that goes in order never replaces a pod that is not ready, so whoever wants it replaced has to delete it. */
export function waitsFor(holding: readonly Pod[]): string {
  if (holding.length === 0) return "";
  const them = holding.length === 1 ? "it" : "them";
  const names = podNames(holding).slice(0, 3).join(", ");
  return `; ${names} ${brokenBecause(holding)}, and the controller goes in order: it waits for ${them} until somebody deletes ${them}`;
}

/** Where it reaches: a DaemonSet has a pod on every node that it selects. */
export function reach({ kind }: LiveSet): string {
  return kind === "DaemonSet" ? "every node of the cluster that runs it" : "this workload";
}

const REVISION = "revision";

function setFacts(found: LiveSet, readAt: Date): readonly Fact[] {
  const trouble = troubleOf(staying(found.pods).filter((pod) => !isReady(pod)));
  return [
    kubeFact(REVISION, presentNumber(found), readAt),
    ...found.revisions
      .slice(0, 2)
      .map((each) =>
        kubeFact(
          `ControllerRevision ${each.name}`,
          `revision ${each.number}, created ${each.createdAt}, ${each.pods.filter(isReady).length} of ${counted(each.pods.length, "pod")} ready`,
          readAt,
        ),
      ),
    kubeFact("restarts", String(found.pods.reduce((sum, pod) => sum + restartsOf(pod), 0)), readAt),
    ...(trouble ? [kubeFact("waiting", trouble, readAt)] : []),
  ];
}

function presentNumber({ present }: LiveSet): string {
  return present ? String(present.number) : "none";
}

export function setLanded(kind: SetKind, arrived: Arrived) {
  return async (sealed: Plan, live: ClusterReader, signal?: AbortSignal): Promise<"yes" | "no" | "cannot-tell"> => {
    const found = await liveSet(kind, sealed, live, signal);
    if (!found) return "cannot-tell";
    if (arrived({ template: found.template }, sealed)) return "yes";
    // A revision that moved on while the template is the old one again: the change may have landed and been taken back.
    const untouched =
      sameJson(found.template, sealedValue(sealed.request, "test", TEMPLATE)) &&
      presentNumber(found) === factNamed(sealed.facts, REVISION);
    return untouched ? "no" : "cannot-tell";
  };
}

export function setVerify(kind: SetKind, arrived: Arrived) {
  return async (
    sealed: Plan,
    live: ClusterReader,
    answer: Answer | undefined,
    { now }: World,
    signal?: AbortSignal,
  ): Promise<Check> => {
    const found = await liveSet(kind, sealed, live, signal);
    if (!found) {
      const says = `The ${kind} ${sealed.target.name} is gone, or another took its name.`;
      return { outcome: "failed", says, print: "", observed: [] };
    }
    const restarts = (found.present?.pods ?? []).reduce((sum, pod) => sum + restartsOf(pod), 0);
    const observed = [
      kubeFact("pods", presentState(found), now()),
      kubeFact("restarts", String(restarts), now()),
      usersNotChecked(now()),
    ];
    const judged = arrived({ template: found.template }, sealed)
      ? rolloutChecked(found, answer?.object?.metadata?.generation ?? 0)
      : AGAIN;
    return { ...judged, print: printOf(found.pods), observed };
  };
}

const AGAIN = {
  outcome: "failed",
  says: "Somebody changed it again after this change, so the change is no longer in force.",
} as const;

function rolloutChecked(found: LiveSet, floor: number): Pick<Check, "outcome" | "says"> {
  const rollout = found.rollout(floor);
  const state = presentState(found);
  const stuck = holdingUp(found).filter((pod) => !found.present?.pods.includes(pod));
  const serving = found.present?.pods.filter(isReady).length ?? 0;
  if (rollout.outcome === "done" && serving >= found.replicas) return { outcome: "healthy", says: `${state}.` };
  return { outcome: "pending", says: `${state}; ${rollout.why}${waitsFor(stuck)}.` };
}

async function liveSet(
  kind: SetKind,
  { target }: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<LiveSet | undefined> {
  const found = await readSet(live, kind, target.namespace ?? "", target.name, signal);
  return found?.uid === target.uid ? found : undefined;
}
