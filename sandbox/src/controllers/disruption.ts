import type { DisruptionBudget, Pod } from "../kinds.ts";
import { selectorMatches } from "../selectors.ts";
import type { World } from "../world.ts";
import { isReady } from "./replicaset.ts";
import { countOf } from "./rolling-bounds.ts";
import { controllerOf } from "./template.ts";

/** How many pods each disruption budget lets go now. */
export function syncBudgets(world: World): void {
  for (const budget of world.store.list("poddisruptionbudgets")) {
    world.store.update("poddisruptionbudgets", budget, (draft) => {
      draft.status = { ...draft.status, ...allowanceOf(world, draft) };
    });
  }
}

export function budgetsOf({ store }: World, pod: Pod): DisruptionBudget[] {
  return store
    .list("poddisruptionbudgets", pod.metadata.namespace)
    .filter(({ spec }) => spec.selector !== undefined && selectorMatches(spec.selector, pod.metadata.labels ?? {}));
}

export type Allowance = Required<DisruptionBudget["status"]>;

export function allowanceOf({ store }: World, budget: DisruptionBudget): Allowance {
  const { spec, metadata } = budget;
  const pods = store
    .list("pods", metadata.namespace)
    .filter((pod) => spec.selector !== undefined && selectorMatches(spec.selector, pod.metadata.labels ?? {}));
  const serving = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  const byScale = spec.minAvailable === undefined || typeof spec.minAvailable === "string";
  const expected = byScale ? wantedFor({ store }, pods) : pods.length;
  const desired =
    spec.minAvailable === undefined
      ? Math.max(0, expected - countOf(spec.maxUnavailable ?? 0, expected, Math.ceil))
      : countOf(spec.minAvailable, expected, Math.ceil);
  return {
    observedGeneration: metadata.generation ?? 1,
    disruptionsAllowed: expected === 0 ? 0 : Math.max(0, serving - desired),
    currentHealthy: serving,
    desiredHealthy: desired,
    expectedPods: expected,
  };
}

/** What the workloads above these pods want, each counted once. */
function wantedFor({ store }: Pick<World, "store">, pods: Pod[]): number {
  const sets = new Map(store.list("replicasets").map((rs) => [rs.metadata.uid, controllerOf(rs)]));
  const owners = new Set(pods.map((pod) => controllerOf(pod)).map((owner) => sets.get(owner ?? "") ?? owner));
  const workloads = [...store.list("deployments"), ...store.list("statefulsets")];
  return workloads
    .filter(({ metadata }) => owners.has(metadata.uid))
    .reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
}
