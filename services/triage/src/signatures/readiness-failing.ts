import type { Event, Pod } from "@holdfast/cluster";
import { nameValues } from "@holdfast/schemas";
import { livenessKilled } from "../crashes.ts";
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
import { eventQuote, kube, named, newestEvent, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Finding, Signature } from "../signature.ts";

/** Whatever has just started may still become ready. */
const STARTING_MS = 60_000;
const REPLICAS_MIN = 2;

export const signature: Signature = {
  name: "readiness-failing",
  row: 6,
  remedies: ["evict_pod", "delete_pod", "rollback_deployment"],
  order: 5,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => onePod(facts) ?? wholeRelease(facts),
};

/** One pod that is not ready beside others that are: it is the pod, and nothing that they share. */
function onePod(facts: LiveFacts): Finding | undefined {
  const active = facts.pods.of.filter(isActive);
  const [pod, ...others] = active.filter((one) => !isReady(one));
  if (pod === undefined || others.length > 0 || active.length < REPLICAS_MIN || isRollingOut(facts)) return undefined;
  if (controllerOf(pod) === undefined || !runsUnready(facts, pod)) return undefined;
  const since = unreadySince(pod);
  const probe = failedProbe(facts, [pod]);
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
}

/** All pods of the newest release run, and their probe says that none of them serves. */
function wholeRelease(facts: LiveFacts): Finding | undefined {
  const [newest] = releasesOf(facts);
  const failing = (newest?.pods ?? []).filter(isActive);
  const probe = failedProbe(facts, failing);
  if (newest === undefined || probe === undefined || !failing.every((pod) => runsUnready(facts, pod))) return undefined;
  const blame = blameRelease(facts, failing);
  return {
    subject: facts.target,
    says: `No pod of revision ${newest.revision} of ${titleOf(facts.target)} becomes ready: ${named(failing)} ${failing.length === 1 ? "runs" : "run"}, and the readiness probe fails.`,
    rank: blame === undefined ? "other" : "release",
    explains: failing.map(nameOf),
    confidence: blame?.olderServes === true ? 90 : 75,
    evidence: [
      kube(
        facts.pods,
        `0 of ${failing.length} pods of revision ${newest.revision} are Ready, and their containers run`,
      ),
      eventQuote(facts, probe, true),
      ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
    ],
    remedies: rollback(facts, blame),
  };
}

function failedProbe(facts: LiveFacts, pods: readonly Pod[]): Event | undefined {
  return newestEvent(facts, pods, ["Unhealthy"], (message) => message.startsWith("Readiness probe failed"));
}

function runsUnready(facts: LiveFacts, pod: Pod): boolean {
  const isKilled = livenessKilled(facts, pod) !== undefined;
  return !isReady(pod) && runsForLong(pod, facts.now) && !hasBrokenNode(facts, pod) && !isKilled;
}

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
