import type { ClusterReader, LabelSelector, Pod, PodDisruptionBudget } from "@holdfast/cluster";
import type { Fact } from "@holdfast/schemas";
import { counted } from "./counted.ts";
import { refused, type Refusal } from "./deployment.ts";
import { kubeFact } from "./fact.ts";
import { isReady } from "./pods.ts";

/** Pods that do not run disrupt nothing when they go. */
const NOT_YET_OR_NO_LONGER = ["Pending", "Failed", "Succeeded"];

type Allowed = { readonly outcome: "allowed"; readonly fact: Fact };

/** Whether the disruption budget of a pod lets it be evicted now, by the rules of the API server. */
export async function budgetOf(
  live: ClusterReader,
  namespace: string,
  pod: Pod,
  now: Date,
  signal?: AbortSignal,
): Promise<Allowed | Refusal> {
  const phase = pod.status?.phase ?? "";
  if (NOT_YET_OR_NO_LONGER.includes(phase))
    return { outcome: "allowed", fact: kubeFact("disruption budget", `does not count: the pod is ${phase}`, now) };
  const all = await live.list<PodDisruptionBudget>("PodDisruptionBudget", { namespace }, signal);
  const over = all.filter(({ spec }) => spec?.selector && selects(spec.selector, pod.metadata?.labels ?? {}));
  const [budget] = over;
  const name = budget?.metadata?.name ?? "";
  if (!budget) return { outcome: "allowed", fact: kubeFact("disruption budget", "none", now) };
  if (over.length > 1)
    return refused(
      "several-disruption-budgets",
      `${counted(over.length, "disruption budget")} select the pod ${namespace}/${pod.metadata?.name}, and the API server evicts no pod that has more than one.`,
    );
  if (!allows(budget, pod))
    return refused(
      "disruption-budget-exhausted",
      `The disruption budget ${name} allows no disruption now: ${health(budget)}.`,
    );
  return { outcome: "allowed", fact: kubeFact("disruption budget", `${name}: ${health(budget)}`, now) };
}

/** A pod that does not serve is no disruption where enough others do, or where the budget says so. */
function allows({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if ((status?.disruptionsAllowed ?? 0) > 0) return true;
  if (isReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const desired = status?.desiredHealthy ?? 0;
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired;
}

function health({ status }: PodDisruptionBudget): string {
  return `${status?.currentHealthy ?? 0} serve, ${status?.desiredHealthy ?? 0} must, ${status?.disruptionsAllowed ?? 0} may go`;
}

/** An empty selector selects every pod of the namespace. */
function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(matchLabels ?? {}).every(([name, value]) => labels[name] === value);
  return (
    equal &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && (values ?? []).includes(value);
        case "NotIn":
          return value === undefined || !(values ?? []).includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          return true;
      }
    })
  );
}
