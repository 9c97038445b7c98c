import type { KubeObject, Pod } from "@holdfast/cluster";

/** Pods that nobody has asked to stop. */
export function staying(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => !pod.metadata?.deletionTimestamp);
}

const NAMES_MAX = 50;

export function podNames(pods: readonly Pod[]): readonly string[] {
  return pods
    .flatMap((pod) => pod.metadata?.name ?? [])
    .toSorted()
    .slice(0, NAMES_MAX);
}

export function isReady(pod: Pod): boolean {
  return (
    !pod.metadata?.deletionTimestamp &&
    (pod.status?.conditions ?? []).some((each) => each.type === "Ready" && each.status === "True")
  );
}

export function restartsOf(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, each) => sum + (each.restartCount ?? 0), 0);
}

export function controllerOf(object: KubeObject) {
  return (object.metadata?.ownerReferences ?? []).find((owner) => owner.controller === true);
}

/** By uid, because a replaced pod starts to count at zero again: it changes with every replacement and every restart. */
export function printOf(pods: readonly Pod[]): string {
  return staying(pods)
    .map((pod) => `${pod.metadata?.uid ?? "?"}:${restartsOf(pod)}`)
    .toSorted()
    .join(" ");
}

/** Why pods do not serve, in the kubelet's own reasons; text that a container wrote is not among them. */
export function troubleOf(pods: readonly Pod[]): string {
  const reasons = pods.flatMap((pod) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].flatMap(
      (each) => each.state?.waiting?.reason ?? each.state?.terminated?.reason ?? [],
    ),
  );
  return [...new Set(reasons.filter((reason) => reason !== "Completed" && reason !== "PodInitializing"))].join(", ");
}

/** "cannot start: ImagePullBackOff", or "is not ready" where the kubelet gives no reason. */
export function brokenBecause(pods: readonly Pod[]): string {
  const trouble = troubleOf(pods);
  if (trouble) return `cannot start: ${trouble}`;
  return pods.length === 1 ? "is not ready" : "are not ready";
}
