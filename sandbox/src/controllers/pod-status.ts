import { createHash } from "node:crypto";
import { timestamp } from "../kinds.ts";
import type { Condition, ContainerState, ContainerStatus, Node, Pod, Terminated } from "../kinds.ts";

/** Writes into a draft of a pod what the kubelet would say of it. */

export function creating(pod: Pod, node: Node, now: number): void {
  const bytes = createHash("sha256").update(pod.metadata.uid).digest();
  pod.status = {
    ...pod.status,
    phase: "Pending",
    startTime: timestamp(now),
    hostIP: node.status.addresses?.find((a) => a.type === "InternalIP")?.address ?? "",
    podIP: `10.244.${(bytes[0] ?? 0) % 8}.${((bytes[1] ?? 0) % 250) + 2}`,
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: "",
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: {},
    })),
  };
  condition(pod, now, "Initialized", true);
  ready(pod, now, false);
}

export function running(pod: Pod, at: { ready: boolean; startedAt: number; now: number }): void {
  pod.status.phase = "Running";
  first(pod, (status) => ({
    ...status,
    imageID: digestOf(status.image),
    containerID: containerId(pod, status.restartCount),
    ready: at.ready,
    started: true,
    state: { running: { startedAt: timestamp(at.startedAt) } },
  }));
  ready(pod, at.now, at.ready);
}

export type CrashFacts = {
  startedAt: number;
  endedAt: number;
  exitCode: number;
  reason: string;
  restarts: number;
  backOffSeconds: number;
};

export function crashed(pod: Pod, facts: CrashFacts): void {
  const { name, namespace = "", uid } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? "";
  const terminated: Terminated = {
    exitCode: facts.exitCode,
    reason: facts.reason,
    startedAt: timestamp(facts.startedAt),
    finishedAt: timestamp(facts.endedAt),
    containerID: containerId(pod, facts.restarts),
  };
  const message = `back-off ${facts.backOffSeconds}s restarting failed container=${container} pod=${name}_${namespace}(${uid})`;
  pod.status.phase = "Running";
  first(pod, (status) => ({
    ...status,
    containerID: terminated.containerID,
    ready: false,
    started: false,
    restartCount: facts.restarts,
    state: { waiting: { reason: "CrashLoopBackOff", message } },
    lastState: { terminated },
  }));
  ready(pod, facts.endedAt, false);
}

export function pullFailed(pod: Pod, reason: string, message: string): void {
  const state: ContainerState = { waiting: { reason, message } };
  first(pod, (status) => ({ ...status, ready: false, started: false, state }));
}

function ready(pod: Pod, now: number, value: boolean): void {
  const names = pod.spec.containers.map((c) => c.name).join(" ");
  const why = value ? {} : { reason: "ContainersNotReady", message: `containers with unready status: [${names}]` };
  condition(pod, now, "ContainersReady", value, why);
  condition(pod, now, "Ready", value, why);
}

/** The node's controller says so when the kubelet no longer can; the containers stay as they were last seen. */
export function readyLost(pod: Pod, now: number): void {
  condition(pod, now, "Ready", false);
}

function condition(
  pod: Pod,
  now: number,
  type: string,
  value: boolean,
  why: { reason?: string; message?: string } = {},
): void {
  const status = value ? "True" : "False";
  const conditions = pod.status.conditions ?? [];
  const before = conditions.find((c) => c.type === type);
  if (before?.status === status && before.reason === why.reason && before.message === why.message) return;
  const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? timestamp(now)) : timestamp(now);
  const after: Condition = { type, status, ...why, lastTransitionTime };
  pod.status.conditions = [...conditions.filter((c) => c.type !== type), after];
}

function first(pod: Pod, change: (status: ContainerStatus) => ContainerStatus): void {
  pod.status.containerStatuses = (pod.status.containerStatuses ?? []).map((s, at) => (at === 0 ? change(s) : s));
}

function containerId(pod: Pod, run: number): string {
  return `containerd://${createHash("sha256").update(`${pod.metadata.uid}/${run}`).digest("hex")}`;
}

function digestOf(image: string): string {
  return `${image.replace(/:[^:/]*$/, "")}@sha256:${createHash("sha256").update(image).digest("hex")}`;
}
