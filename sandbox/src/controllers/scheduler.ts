import { recordEvent } from "../events.ts";
import { timestamp } from "../kinds.ts";
import type { Condition, Node, Pod } from "../kinds.ts";
import type { World } from "../world.ts";

/** Puts each new pod on the ready, schedulable node of its pool that has the fewest pods. */
export function schedulePods(world: World): void {
  const pods = world.store.list("pods");
  for (const pod of pods) {
    if (pod.spec.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const load = (node: Node): number =>
      world.store.list("pods").filter((p) => p.spec.nodeName === node.metadata.name).length;
    const nodes = world.store.list("nodes");
    const [best] = nodes.filter((node) => refusal(pod, node) === undefined).sort((a, b) => load(a) - load(b));
    if (best === undefined) refuse(world, pod, nodes);
    else bind(world, pod, best);
  }
}

function bind(world: World, pod: Pod, node: Node): void {
  world.store.update("pods", pod, (draft) => {
    draft.spec.nodeName = node.metadata.name;
    draft.status.conditions = [scheduled(world, "True")];
  });
  const { namespace = "", name } = pod.metadata;
  recordEvent(world, {
    about: pod,
    type: "Normal",
    reason: "Scheduled",
    message: `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`,
    component: "default-scheduler",
  });
}

function refuse(world: World, pod: Pod, nodes: Node[]): void {
  const why = new Map<string, number>();
  for (const node of nodes) {
    const reason = refusal(pod, node) ?? "";
    why.set(reason, (why.get(reason) ?? 0) + 1);
  }
  const reasons = [...why].map(([reason, n]) => `${n} ${reason}`).join(", ");
  const message = `0/${nodes.length} nodes are available: ${reasons}.`;
  if (pod.status.conditions?.some((c) => c.type === "PodScheduled" && c.message === message)) return;
  world.store.update("pods", pod, (draft) => {
    draft.status.conditions = [{ ...scheduled(world, "False"), reason: "Unschedulable", message }];
  });
  recordEvent(world, {
    about: pod,
    type: "Warning",
    reason: "FailedScheduling",
    message,
    component: "default-scheduler",
  });
}

function refusal(pod: Pod, node: Node): string | undefined {
  const labels = node.metadata.labels ?? {};
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  if (node.spec.unschedulable === true) return "node(s) were unschedulable";
  const taint = node.spec.taints?.find((t) => t.effect !== "PreferNoSchedule");
  return taint === undefined ? undefined : `node(s) had untolerated taint {${taint.key}: }`;
}

function scheduled(world: World, status: "True" | "False"): Condition {
  return { type: "PodScheduled", status, lastTransitionTime: timestamp(world.now()) };
}
