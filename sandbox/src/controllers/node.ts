import { recordEvent } from "../events.ts";
import { timestamp } from "../kinds.ts";
import type { Condition, Node } from "../kinds.ts";
import type { World } from "../world.ts";
import { readyLost } from "./pod-status.ts";

const UNREACHABLE = "node.kubernetes.io/unreachable";
const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** The node lifecycle controller: a node whose kubelet is silent becomes Unknown, and its pods are no longer Ready. */
export function syncNodes(world: World): void {
  for (const node of world.store.list("nodes")) {
    const down = world.hidden.nodesDown.includes(node.metadata.name);
    const known = node.status.conditions.find((c) => c.type === "Ready")?.status;
    if ((known === "Unknown") !== down) turn(world, node, down);
    if (down) losePods(world, node);
  }
}

function turn(world: World, node: Node, down: boolean): void {
  const now = timestamp(world.now());
  const after = world.store.update("nodes", node, (draft) => {
    draft.status.conditions = draft.status.conditions.map((c) => (down ? lost(c, now) : found(c, now)));
    const others = (draft.spec.taints ?? []).filter((taint) => taint.key !== UNREACHABLE);
    const taints = down
      ? [...others, ...["NoSchedule", "NoExecute"].map((effect) => ({ key: UNREACHABLE, effect, timeAdded: now }))]
      : others;
    if (taints.length > 0) draft.spec.taints = taints;
    else delete draft.spec.taints;
  });
  const { name } = node.metadata;
  const reason = down ? "NodeNotReady" : "NodeReady";
  const component = down ? "node-controller" : "kubelet";
  recordEvent(world, {
    about: after,
    type: "Normal",
    reason,
    message: `Node ${name} status is now: ${reason}`,
    component,
  });
}

function losePods(world: World, node: Node): void {
  for (const pod of world.store.list("pods")) {
    if (pod.spec.nodeName !== node.metadata.name) continue;
    if (pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "False")) continue;
    world.store.update("pods", pod, (draft) => readyLost(draft, world.now()));
    recordEvent(world, {
      about: pod,
      type: "Warning",
      reason: "NodeNotReady",
      message: "Node is not ready",
      component: "node-controller",
    });
  }
}

function lost(condition: Condition, now: string): Condition {
  return {
    ...condition,
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
    lastTransitionTime: now,
  };
}

function found(condition: Condition, now: string): Condition {
  return {
    ...(condition.type === "Ready" ? nodeReady() : noPressure(condition.type)),
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
}

export function healthyConditions(now: string): Condition[] {
  const all = [...PRESSURES.map(noPressure), nodeReady()];
  return all.map((c) => ({ ...c, lastHeartbeatTime: now, lastTransitionTime: now }));
}

function nodeReady(): Condition {
  return { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
}

function noPressure(type: string): Condition {
  const what = { MemoryPressure: "Memory", DiskPressure: "Disk", PIDPressure: "PID" }[type] ?? type;
  const verb = what === "Disk" ? "HasNoDiskPressure" : `HasSufficient${what}`;
  const message =
    what === "Disk"
      ? "kubelet has no disk pressure"
      : `kubelet has sufficient ${what === "PID" ? "PID" : "memory"} available`;
  return { type, status: "False", reason: verb, message };
}
