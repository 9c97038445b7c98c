import type { Pod } from "@holdfast/cluster";
import { nameValues } from "@holdfast/schemas";
import {
  ago,
  at,
  controllerOf,
  hasBrokenNode,
  isActive,
  isReady,
  type LiveFacts,
  nameOf,
  releasesOf,
  titleOf,
  unreadySince,
} from "../facts.ts";
import { eventQuote, kube, newestEvent } from "../quotes.ts";
import type { Signature } from "../signature.ts";

/** Whatever has just started may still become ready. */
const STARTING_MS = 60_000;
const REPLICAS_MIN = 2;

export const signature: Signature = {
  name: "one-pod-not-ready",
  row: 6,
  remedies: ["evict_pod", "delete_pod"],
  order: 5,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => {
    const active = facts.pods.of.filter(isActive);
    const [pod, ...others] = active.filter((one) => !isReady(one));
    if (pod === undefined || others.length > 0 || active.length < REPLICAS_MIN || isRollingOut(facts)) return undefined;
    if (controllerOf(pod) === undefined || !runsForLong(pod, facts.now) || hasBrokenNode(facts, pod)) return undefined;
    const since = unreadySince(pod);
    const probe = newestEvent(facts, [pod], ["Unhealthy"], (message) => message.startsWith("Readiness probe failed"));
    return {
      subject: { ...facts.target, kind: "Pod", name: nameOf(pod), uid: pod.metadata?.uid ?? null },
      says: `One pod of ${titleOf(facts.target)}, ${nameOf(pod)}, runs and is not ready; the other ${active.length - 1} are.`,
      rank: "other",
      explains: [nameOf(pod)],
      confidence: probe === undefined ? 70 : 85,
      evidence: [
        kube(
          facts.pods,
          `${active.length - 1} of ${active.length} pods are Ready; ${nameOf(pod)} is not${since === undefined ? "" : `, for ${ago(since, facts.now)}`}, and its containers run`,
        ),
        ...(probe === undefined ? [] : [eventQuote(facts, probe, true)]),
      ],
      // an eviction asks the disruption budget first
      remedies: ["evict_pod", "delete_pod"].map((action) => ({
        action,
        arguments: nameValues({ namespace: facts.target.namespace ?? "", pod: nameOf(pod) }),
      })),
    };
  },
};

/** While a release comes or goes, a pod that is not ready is no odd one out. */
function isRollingOut(facts: LiveFacts): boolean {
  const spec = facts.deployment?.of.spec;
  const status = facts.deployment?.of.status;
  const serving = releasesOf(facts).filter(({ pods }) => pods.some(isActive));
  return (
    serving.length !== 1 ||
    (status?.updatedReplicas ?? 0) < (spec?.replicas ?? 1) ||
    (status?.observedGeneration ?? 0) < (facts.deployment?.of.metadata?.generation ?? 0)
  );
}

function runsForLong(pod: Pod, now: number): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  return (
    statuses.length > 0 &&
    statuses.every(({ state }) => (at(state?.running?.startedAt) ?? Infinity) < now - STARTING_MS)
  );
}
