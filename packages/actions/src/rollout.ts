import type { DaemonSet, Deployment, StatefulSet } from "@holdfast/cluster";

export type Rollout = { readonly outcome: "done" | "pending" | "failed"; readonly why: string };

/**
 * As `kubectl rollout status` sees it.
 * @param floor the generation that the API server answered the change with: right after it the status is still the old one.
 * @param plannedAt an exceeded deadline from before is the one that this change answers, and lingers for some seconds.
 */
export function rolloutOf({ metadata, spec, status }: Deployment, floor: number, plannedAt: number): Rollout {
  if (unseen(metadata?.generation, status?.observedGeneration, floor)) return UNSEEN;
  const changedAt = Math.max(plannedAt, ownWriteAt(metadata?.managedFields ?? []));
  const progress = (status?.conditions ?? []).find((each) => each.type === "Progressing");
  const since = Date.parse(progress?.lastUpdateTime ?? progress?.lastTransitionTime ?? "");
  if (progress?.reason === "ProgressDeadlineExceeded" && since > changedAt)
    return { outcome: "failed", why: "its progress deadline is exceeded" };
  const wanted = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  if (updated < wanted) return { outcome: "pending", why: `${updated} of ${wanted} pods are of the new template` };
  if ((status?.replicas ?? 0) > updated) return { outcome: "pending", why: "old pods are still there" };
  if ((status?.availableReplicas ?? 0) < updated) return { outcome: "pending", why: "not all new pods are available" };
  return DONE;
}

function ownWriteAt(fields: readonly { readonly manager?: string; readonly time?: string }[]): number {
  const times = fields.filter((each) => each.manager === "holdfast").map((each) => Date.parse(each.time ?? ""));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}

/** As `kubectl rollout status` sees a StatefulSet without a partition. */
export function statefulRollout({ metadata, spec, status }: StatefulSet, floor: number): Rollout {
  if (unseen(metadata?.generation, status?.observedGeneration, floor)) return UNSEEN;
  const wanted = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  if (ready < wanted) return { outcome: "pending", why: `${ready} of ${wanted} pods are ready` };
  if (status?.updateRevision !== status?.currentRevision)
    return { outcome: "pending", why: `${status?.updatedReplicas ?? 0} of ${wanted} pods are of the new template` };
  return DONE;
}

/** As `kubectl rollout status` sees a DaemonSet. */
export function daemonRollout({ metadata, status }: DaemonSet, floor: number): Rollout {
  if (unseen(metadata?.generation, status?.observedGeneration, floor)) return UNSEEN;
  const wanted = status?.desiredNumberScheduled ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  if (updated < wanted) return { outcome: "pending", why: `${updated} of ${wanted} pods are of the new template` };
  if ((status?.numberAvailable ?? 0) < wanted) return { outcome: "pending", why: "not all new pods are available" };
  return DONE;
}

const DONE: Rollout = { outcome: "done", why: "the rollout is complete" };
const UNSEEN: Rollout = { outcome: "pending", why: "the controller has not seen the change yet" };

function unseen(generation: number | null | undefined, observed: number | null | undefined, floor: number): boolean {
  return Math.max(generation ?? 0, floor) > (observed ?? 0);
}
