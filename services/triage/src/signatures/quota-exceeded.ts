import { nameValues } from "@holdfast/schemas";
import { conditionOf, isActive, isReady, type LiveFacts, titleOf } from "../facts.ts";
import { kube } from "../quotes.ts";
import type { Signature } from "../signature.ts";

const EXCEEDED =
  /exceeded quota: ([a-z0-9][-a-z0-9.]{0,252}), requested: (.{1,200}), used: (.{1,200}), limited: (.{1,200})/u;

export const signature: Signature = {
  name: "quota-exceeded",
  row: 15,
  remedies: ["scale_down"],
  order: 4,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => {
    const { deployment, target } = facts;
    const refused = conditionOf(deployment?.of.status?.conditions, "ReplicaFailure");
    const [, quota, requested, used, limited] = EXCEEDED.exec(refused?.message ?? "") ?? [];
    if (deployment === undefined || refused?.status !== "True" || refused.reason !== "FailedCreate") return undefined;
    if (quota === undefined) return undefined;
    const fits = serving(facts);
    return {
      subject: target,
      says: `Quota ${quota} lets ${titleOf(target)} create no more pods.`,
      rank: "other",
      explains: [],
      confidence: 90,
      evidence: [
        kube(deployment, `quota ${quota}: requested ${requested}, used ${used}, limited ${limited}`),
        kube(
          deployment,
          `${deployment.of.spec?.replicas ?? 1} replicas are wanted and ${deployment.of.status?.replicas ?? 0} exist`,
        ),
      ],
      remedies:
        fits === undefined
          ? []
          : [
              {
                action: "scale_down",
                arguments: nameValues({
                  deployment: target.name,
                  namespace: target.namespace ?? "",
                  replicas: String(fits),
                }),
              },
            ],
    };
  },
};

/**
 * How many replicas the quota holds: only where all that exist serve, nothing is being rolled out, and no autoscaler would
 * ask for more again.
 */
function serving({ deployment, pods, autoscalers, gaps }: LiveFacts): number | undefined {
  const { spec, status } = deployment?.of ?? {};
  const exist = status?.replicas ?? 0;
  const active = pods.of.filter(isActive);
  const isSteady =
    exist >= 1 &&
    exist < (spec?.replicas ?? 1) &&
    status?.updatedReplicas === exist &&
    active.length === exist &&
    active.every(isReady);
  // what could not be read may hide an autoscaler
  return isSteady && autoscalers.of.length === 0 && gaps.length === 0 ? exist : undefined;
}
