import type { Deployment } from "@holdfast/cluster";

export type Rollout = { readonly outcome: "done" | "pending" | "failed"; readonly why: string };

/**
 * As `kubectl rollout status` sees it.
 * @param floor the generation that the API server answered the change with: right after it the status is still the old one.
 * @param plannedAt an exceeded deadline from before is the one that this change answers, and lingers for some seconds.
 */
export function rolloutOf({ metadata, spec, status }: Deployment, floor: number, plannedAt: number): Rollout {
  const generation = Math.max(metadata?.generation ?? 0, floor);
  if (generation > (status?.observedGeneration ?? 0))
    return { outcome: "pending", why: "the controller has not seen the change yet" };
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
  return { outcome: "done", why: "the rollout is complete" };
}

function ownWriteAt(fields: readonly { readonly manager?: string; readonly time?: string }[]): number {
  const times = fields.filter((each) => each.manager === "holdfast").map((each) => Date.parse(each.time ?? ""));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}
