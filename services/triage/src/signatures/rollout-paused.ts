import type { Deployment } from "@holdfast/cluster";
import { nameValues } from "@holdfast/schemas";
import type { Writer } from "../details.ts";
import { conditionOf, isActive, isReady, releasesOf, titleOf } from "../facts.ts";
import { kube, named } from "../quotes.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "rollout-paused",
  row: 19,
  remedies: ["resume_rollout"],
  order: 6,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => {
    const { deployment, target } = facts;
    const { metadata, spec, status } = deployment?.of ?? {};
    if (deployment === undefined || spec?.paused !== true) return undefined;
    const wanted = spec.replicas ?? 1;
    const updated = status?.updatedReplicas ?? 0;
    if ((metadata?.generation ?? 0) !== (status?.observedGeneration ?? 0) || updated >= wanted) return undefined;
    if (conditionOf(status?.conditions, "Progressing")?.reason !== "DeploymentPaused") return undefined;
    const sick = (releasesOf(facts)[0]?.pods ?? []).filter((pod) => isActive(pod) && !isReady(pod));
    return {
      subject: target,
      says: `The rollout of ${titleOf(target)} is paused with ${updated} of ${wanted} pods updated${sick.length === 0 ? "" : `; ${named(sick)} of the new revision ${sick.length === 1 ? "is" : "are"} not ready, so going on is not proposed`}.`,
      rank: "other",
      explains: [],
      confidence: 85,
      evidence: [
        kube(deployment, `spec.paused is true, and ${updated} of ${wanted} pods are updated`),
        kube(deployment, writerOf(deployment.of)),
      ],
      remedies:
        sick.length > 0
          ? []
          : [
              {
                action: "resume_rollout",
                arguments: nameValues({ deployment: target.name, namespace: target.namespace ?? "" }),
              },
            ],
    };
  },
};

/** The server's book-keeping names who wrote last; of the single field it was not read. */
function writerOf({ metadata }: Deployment): string {
  const writers: readonly Writer[] = metadata?.managedFields ?? [];
  const last = writers
    .filter(({ subresource, time }) => (subresource ?? "") === "" && time !== undefined)
    .toSorted((a, b) => Date.parse(b.time ?? "") - Date.parse(a.time ?? ""))[0];
  return last === undefined
    ? "who paused it is not known"
    : `whoever paused it: ${last.manager ?? "somebody"} wrote it last, at ${last.time ?? "?"}`;
}
