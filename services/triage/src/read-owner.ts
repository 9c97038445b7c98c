import type { ClusterReader, Kind, KubeObject } from "@holdfast/cluster";
import type { Target } from "@holdfast/schemas";
import { controllerOf } from "./facts.ts";
import { correlationOf, type Aim } from "./targets.ts";

const OWNERS_MAX = 3;
/** An incident is worth more than its best target: it does not wait for a cluster that does not answer. */
const RESOLVE_MS_MAX = 3_000;
const KINDS: Readonly<Record<string, Kind>> = {
  ReplicaSet: "ReplicaSet",
  Deployment: "Deployment",
  StatefulSet: "StatefulSet",
  DaemonSet: "DaemonSet",
  Job: "Job",
  CronJob: "CronJob",
};

/** What a controller makes again under another name each time. */
const MADE = ["Pod", "Job"] as const;

/**
 * An alert about a pod or a Job is about the workload that controls it, so that the alerts of all its pods, and of all the
 * Jobs of a CronJob, are one incident. Where the cluster does not answer, or it is gone, it is the target itself.
 */
export async function resolveOwner(reader: ClusterReader, aim: Aim, signal: AbortSignal): Promise<Aim> {
  const made = MADE.find((kind) => kind === aim.target?.kind);
  if (made === undefined || aim.target === null) return aim;
  try {
    const owner = await ownerOf(
      reader,
      made,
      aim.target,
      AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_MS_MAX)]),
    );
    if (owner === undefined) return aim;
    return {
      target: owner,
      correlation: correlationOf(owner),
      because: `${aim.because}, which ${owner.kind} ${owner.name} controls`,
    };
  } catch (error) {
    signal.throwIfAborted();
    return {
      ...aim,
      because: `${aim.because}; who controls it could not be read: ${error instanceof Error ? error.message : "no reason given"}`,
    };
  }
}

async function ownerOf(
  reader: ClusterReader,
  made: Kind,
  { cluster, namespace, name }: Target,
  signal: AbortSignal,
): Promise<Target | undefined> {
  let object: KubeObject | undefined = await reader.get({ kind: made, namespace, name }, signal);
  let found: Target | undefined;
  for (let step = 0; step < OWNERS_MAX && object !== undefined; step += 1) {
    const owner = controllerOf(object);
    const kind = owner === undefined ? undefined : KINDS[owner.kind];
    if (owner === undefined || kind === undefined) break;
    found = { cluster, namespace, kind, name: owner.name, uid: null };
    object =
      kind === "Deployment" || kind === "CronJob"
        ? undefined
        : await reader.get({ kind, namespace, name: owner.name }, signal);
  }
  return found;
}
