import type { ClusterReader, HorizontalPodAutoscaler } from "@holdfast/cluster";

/** The autoscalers that keep a workload's number of pods: whoever else sets it is overruled by the next look. */
export async function autoscalersOf(
  live: ClusterReader,
  { kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string },
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const all = await live.list<HorizontalPodAutoscaler>("HorizontalPodAutoscaler", { namespace }, signal);
  return all
    .filter(({ spec }) => spec?.scaleTargetRef?.kind === kind && spec.scaleTargetRef.name === name)
    .flatMap((each) => each.metadata?.name ?? []);
}
