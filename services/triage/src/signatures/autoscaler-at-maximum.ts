import { nameValues } from "@holdfast/schemas";
import type { Autoscaler, Metric } from "../details.ts";
import { ago, at, conditionOf, isActive, isReady, titleOf } from "../facts.ts";
import { kube, named } from "../quotes.ts";
import type { Signature } from "../signature.ts";

/** How much more is asked for at once. */
const GROWTH = 1.5;

export const signature: Signature = {
  name: "autoscaler-at-maximum",
  row: 24,
  remedies: ["set_hpa_bounds"],
  order: 5,
  looksAt: (kind) => kind === "HorizontalPodAutoscaler",
  judge: (facts) => {
    const { target, autoscalers, now } = facts;
    const [autoscaler] = autoscalers.of;
    const limited = conditionOf(autoscaler?.status?.conditions, "ScalingLimited");
    const max = autoscaler?.spec?.maxReplicas ?? 0;
    const min = autoscaler?.spec?.minReplicas ?? 1;
    if (limited?.status !== "True" || limited.reason !== "TooManyReplicas" || max < 1) return undefined;
    if (autoscaler === undefined || autoscaler.status?.currentReplicas !== max) return undefined;
    const sick = facts.pods.of.filter((pod) => isActive(pod) && !isReady(pod));
    const since = at(limited.lastTransitionTime);
    return {
      subject: target,
      says: `Autoscaler ${titleOf(target)} wants more than its maximum of ${max} replicas${since === undefined ? "" : ` for ${ago(since, now)}`}${sick.length === 0 ? "" : `; ${named(sick)} of what it scales ${sick.length === 1 ? "is" : "are"} not ready, so more are not proposed`}.`,
      rank: "other",
      explains: [],
      confidence: 75,
      evidence: [
        kube(autoscalers, `current ${autoscaler.status.currentReplicas}, min ${min}, max ${max}: ${limited.reason}`),
        kube(autoscalers, metricsOf(autoscaler)),
      ],
      // bounds that are equal were pinned by somebody
      remedies:
        sick.length > 0 || min === max
          ? []
          : [
              {
                action: "set_hpa_bounds",
                arguments: nameValues({
                  hpa: target.name,
                  maxReplicas: String(Math.ceil(max * GROWTH)),
                  minReplicas: String(min),
                  namespace: target.namespace ?? "",
                }),
              },
            ],
    };
  },
};

function metricsOf({ spec, status }: Autoscaler): string {
  const wanted = (spec?.metrics ?? []).map((metric) => valueOf(metric, "target"));
  const current = (status?.currentMetrics ?? []).map((metric) => valueOf(metric, "current"));
  return `its metrics: ${current.join(", ") || "not known"}; the targets: ${wanted.join(", ") || "not known"}`;
}

function valueOf(metric: Metric, side: "target" | "current"): string {
  const source = metric.resource ?? metric.containerResource;
  const value = source?.[side];
  if (value === null || value === undefined) return metric.type ?? "?";
  const { averageUtilization, averageValue } = value;
  return `${source?.name ?? "?"} ${averageUtilization === null || averageUtilization === undefined ? (averageValue ?? value.value ?? "?") : `${averageUtilization} %`}`;
}
