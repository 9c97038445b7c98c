import type { Pod } from "@holdfast/cluster";
import { nameValues, type ActionCall } from "@holdfast/schemas";
import {
  at,
  clock,
  conditionOf,
  hasBrokenNode,
  isActive,
  isReady,
  type LiveFacts,
  nameOf,
  releasesOf,
  statusesOf,
  titleOf,
  unschedulable,
} from "../facts.ts";
import { kube, named, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "rollout-stuck",
  row: 18,
  remedies: ["rollback_deployment", "pause_rollout"],
  // what keeps the new pods from becoming ready is looked at first
  order: 6,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => {
    const { deployment, target } = facts;
    const status = deployment?.of.status;
    const progress = conditionOf(status?.conditions, "Progressing");
    const [newest, ...rest] = releasesOf(facts);
    const older = rest.find(({ pods }) => pods.some(isActive));
    const wanted = deployment?.of.spec?.replicas ?? 1;
    if (progress?.status !== "False" || progress.reason !== "ProgressDeadlineExceeded") return undefined;
    if (deployment === undefined || newest === undefined || older === undefined) return undefined;
    if ((status?.updatedReplicas ?? 0) >= wanted) return undefined;
    const failing = newest.pods.filter((pod) => isActive(pod) && !isReady(pod));
    const isItsOwn = failing.some((pod) => !hasBrokenNode(facts, pod));
    const blame = isItsOwn ? blameRelease(facts, failing) : undefined;
    const since = at(progress.lastTransitionTime);
    return {
      subject: target,
      says: `The rollout of revision ${newest.revision} of ${titleOf(target)} is stuck: its deadline has passed${since === undefined ? "" : ` at ${clock(since)}`}, and revision ${older.revision} still runs.`,
      rank: blame === undefined ? "other" : "release",
      explains: failing.map(nameOf),
      confidence: blame === undefined ? 70 : 88,
      evidence: [
        kube(
          deployment,
          `${wanted} wanted, ${status?.replicas ?? 0} exist, ${status?.updatedReplicas ?? 0} updated, ${status?.readyReplicas ?? 0} ready; the deadline is ${deployment.of.spec?.progressDeadlineSeconds ?? 600} s`,
        ),
        releaseQuote(facts, newest, older),
        kube(
          facts.pods,
          failing.length === 0
            ? `no pod of revision ${newest.revision} fails: it has ${newest.pods.length}`
            : `${named(failing)} of revision ${newest.revision} ${failing.length === 1 ? "is" : "are"} not Ready: ${reasonsOf(failing)}`,
        ),
        ...(blame === undefined ? [] : [blame.health]),
      ],
      remedies: [...rollback(facts, blame), ...(isItsOwn ? [pause(facts)] : [])],
    };
  },
};

/** It stops the damage and repairs nothing. */
function pause({ target }: LiveFacts): ActionCall {
  return {
    action: "pause_rollout",
    arguments: nameValues({ deployment: target.name, namespace: target.namespace ?? "" }),
  };
}

function reasonsOf(pods: readonly Pod[]): string {
  const reasons = pods.map((pod) => {
    const waiting = statusesOf(pod).find(({ state }) => state?.waiting)?.state?.waiting?.reason;
    return waiting ?? (unschedulable(pod) === undefined ? "runs and is not ready" : "Unschedulable");
  });
  return [...new Set(reasons)].join(", ");
}
