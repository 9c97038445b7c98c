import type { Pod, StatefulSet } from "@holdfast/cluster";
import { nameValues, type ActionCall } from "@holdfast/schemas";
import {
  ago,
  at,
  crashing,
  hasBrokenNode,
  isActive,
  isReady,
  type LiveFacts,
  nameOf,
  statusesOf,
  titleOf,
  unreadySince,
} from "../facts.ts";
import { kube, logTail } from "../quotes.ts";
import type { Signature } from "../signature.ts";

/** Whatever has just started may still become ready. */
const STARTING_MS = 120_000;
const HASH = "controller-revision-hash";

export const signature: Signature = {
  name: "statefulset-stuck",
  row: 21,
  remedies: ["rollback_statefulset", "delete_pod"],
  order: 3,
  looksAt: (kind) => kind === "StatefulSet",
  judge: (facts) => {
    const { object, target, revisions } = facts;
    const set: StatefulSet = object?.of ?? {};
    const { currentRevision, updateRevision } = set.status ?? {};
    const broken = brokenOf(facts, set);
    if (object === undefined || broken === undefined || !updateRevision || !currentRevision) return undefined;
    const isOfUpdate = hashOf(broken) === updateRevision;
    const others = facts.pods.of.filter((pod) => isActive(pod) && pod !== broken);
    const createdAt = at(revisions.of.find((one) => nameOf(one) === updateRevision)?.metadata?.creationTimestamp);
    const isRelease =
      isOfUpdate &&
      others.every(isReady) &&
      createdAt !== undefined &&
      createdAt <= (unreadySince(broken) ?? facts.now) &&
      revisions.of.some((one) => nameOf(one) === currentRevision);
    return {
      subject: isOfUpdate
        ? target
        : { ...target, kind: "Pod", name: nameOf(broken), uid: broken.metadata?.uid ?? null },
      says: isOfUpdate
        ? `The update of ${titleOf(target)} to revision ${updateRevision} is stuck at pod ${nameOf(broken)}, which does not become ready.`
        : `Pod ${nameOf(broken)} of ${titleOf(target)} is broken and still of another revision than ${updateRevision}; it must go before the update can reach it.`,
      rank: isRelease ? "release" : "other",
      explains: [nameOf(broken)],
      confidence: isRelease ? 90 : 75,
      evidence: [
        kube(
          object,
          `currentRevision ${currentRevision}, updateRevision ${updateRevision}, ${set.status?.updatedReplicas ?? 0} of ${set.spec?.replicas ?? 1} updated, ${set.status?.readyReplicas ?? 0} ready`,
        ),
        kube(
          facts.pods,
          `${nameOf(broken)} (revision ${hashOf(broken) ?? "?"}): ${stateOf(broken)}; ${others.filter(isReady).length} of ${others.length} other pods are Ready`,
        ),
        ...(createdAt === undefined
          ? []
          : [kube(revisions, `revision ${updateRevision} was created ${ago(createdAt, facts.now)} ago`)]),
        ...logTail(facts, [broken]),
      ],
      remedies: isOfUpdate ? (isRelease ? [rollback(facts, currentRevision)] : []) : [remove(facts, broken)],
    };
  },
};

/**
 * The ordinal that holds the update up: one that is updated and does not become ready, else one that is broken as it was
 * and that the controller, which goes one by one, waits for.
 */
function brokenOf(facts: LiveFacts, { spec, status }: StatefulSet): Pod | undefined {
  const broken = facts.pods.of.filter((pod) => isActive(pod) && isBroken(facts, pod));
  const isUpdate = (pod: Pod): boolean => hashOf(pod) === status?.updateRevision;
  if (broken.some(isUpdate))
    return status?.currentRevision === status?.updateRevision ? undefined : broken.find(isUpdate);
  return spec?.podManagementPolicy === "Parallel" ? undefined : broken[0];
}

function isBroken(facts: LiveFacts, pod: Pod): boolean {
  if (isReady(pod) || hasBrokenNode(facts, pod)) return false;
  const waits = statusesOf(pod).some(({ state }) =>
    /BackOff$|^Err|Error$|^InvalidImageName$/u.test(state?.waiting?.reason ?? ""),
  );
  return waits || crashing(pod, facts.now) !== undefined || (unreadySince(pod) ?? facts.now) < facts.now - STARTING_MS;
}

function hashOf(pod: Pod): string | undefined {
  return pod.metadata?.labels?.[HASH];
}

function stateOf(pod: Pod): string {
  const waiting = statusesOf(pod).find(({ state }) => state?.waiting)?.state?.waiting;
  return waiting === null || waiting === undefined
    ? "runs and is not ready"
    : `${waiting.reason ?? ""}: ${(waiting.message ?? "").slice(0, 300)}`;
}

/** Names the revision to go back to: by the time that this is planned, "the one before" could be another. */
function rollback({ target }: LiveFacts, revision: string): ActionCall {
  return {
    action: "rollback_statefulset",
    arguments: nameValues({
      namespace: target.namespace ?? "",
      statefulset: target.name,
      toTemplateOf: revision,
    }),
  };
}

function remove({ target }: LiveFacts, pod: Pod): ActionCall {
  return { action: "delete_pod", arguments: nameValues({ namespace: target.namespace ?? "", pod: nameOf(pod) }) };
}
