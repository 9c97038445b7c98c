import type { Pod } from "@holdfast/cluster";
import { counted } from "./counted.ts";
import { brokenBecause, isReady, staying } from "./pods.ts";

export type Running = {
  readonly replicas: number;
  readonly revisions: readonly { readonly number: number; readonly pods: readonly Pod[] }[];
  readonly pods: readonly Pod[];
};

/** "2 of 3 pods serve (revision 2); 1 pod (revision 3) cannot start: ImagePullBackOff" */
export function presentState({ replicas, revisions, pods }: Running): string {
  const serving = pods.filter(isReady);
  const by = revisions.filter((each) => each.pods.some(isReady)).map((each) => each.number);
  const broken = revisions.flatMap((each) => {
    const down = staying(each.pods).filter((pod) => !isReady(pod));
    return down.length === 0 ? [] : [`${counted(down.length, "pod")} (revision ${each.number}) ${brokenBecause(down)}`];
  });
  const revision = by.length === 0 ? "" : ` (revision ${by.join(" and ")})`;
  return [
    `${serving.length} of ${counted(replicas, "pod")} ${replicas === 1 ? "serves" : "serve"}${revision}`,
    ...broken,
  ].join("; ");
}
