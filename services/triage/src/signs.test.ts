import type { Deployment, Node, Pod } from "@holdfast/cluster";
import { expect, test } from "vitest";
import { signsIn, type Listed } from "./signs.ts";

const NOW = Date.parse("2026-11-22T03:00:00Z");
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const status = (type: string, value: string, minutes = 10) => ({
  type,
  status: value,
  lastTransitionTime: ago(minutes),
});

function pod(status: Pod["status"], more: Pod = {}): Pod {
  return {
    metadata: { name: "web-1", namespace: "shop", creationTimestamp: ago(30), ...more.metadata },
    spec: { nodeName: "node-1" },
    status,
  };
}
const waiting = (reason: string): Pod => pod({ containerStatuses: [{ name: "web", state: { waiting: { reason } } }] });
const deployment = (
  spec: Deployment["spec"],
  conditions: NonNullable<Deployment["status"]>["conditions"],
): Deployment => ({
  metadata: { name: "web", namespace: "shop" },
  spec: { replicas: 2, ...spec },
  status: { conditions },
});
const node = (ready: string): Node => ({
  metadata: { name: "node-1" },
  status: { conditions: [status("Ready", ready)] },
});

function says(listed: Partial<Listed>): readonly string[] {
  return signsIn({ nodes: [], deployments: [], pods: [], ...listed }, NOW).map(
    (sign) => `${sign.kind} ${sign.name}: ${sign.says}`,
  );
}

test.each([
  [
    "a container that waits to be started again",
    { pods: [waiting("CrashLoopBackOff")] },
    "Pod web-1: container web waits: CrashLoopBackOff",
  ],
  [
    "an image that is not there",
    { pods: [waiting("ImagePullBackOff")] },
    "Pod web-1: container web waits: ImagePullBackOff",
  ],
  [
    "a configuration that is missing",
    { pods: [waiting("CreateContainerConfigError")] },
    "Pod web-1: container web waits: CreateContainerConfigError",
  ],
  [
    "a pod without a place",
    { pods: [pod({ phase: "Pending", conditions: [status("PodScheduled", "False")] })] },
    "Pod web-1: no node takes it",
  ],
  [
    "a pod that is not ready for long",
    { pods: [pod({ phase: "Running", conditions: [status("Ready", "False")] })] },
    "Pod web-1: it has not been ready for more than five minutes",
  ],
  [
    "a rollout that is stuck",
    { deployments: [deployment({}, [status("Progressing", "False")])] },
    "Deployment web: its rollout is stuck",
  ],
  [
    "pods that nobody lets in",
    { deployments: [deployment({}, [status("ReplicaFailure", "True")])] },
    "Deployment web: its pods cannot be created",
  ],
  ["a node that is not ready", { nodes: [node("Unknown")] }, "Node node-1: the node is not ready"],
] as const)("%s is a sign", (_what, listed, sign) => expect(says(listed)).toEqual([sign]));

test.each([
  ["a pod that has just begun", { pods: [pod({ phase: "Running", conditions: [status("Ready", "False", 1)] })] }],
  [
    "a pod that is being placed",
    { pods: [pod({ phase: "Pending", conditions: [status("PodScheduled", "False", 0.5)] })] },
  ],
  ["a pod that has done its work", { pods: [pod({ phase: "Succeeded", conditions: [status("Ready", "False")] })] }],
  [
    "a pod that goes",
    { pods: [{ ...waiting("CrashLoopBackOff"), metadata: { name: "web-1", deletionTimestamp: ago(0) } }] },
  ],
  ["a container that is being made", { pods: [waiting("ContainerCreating")] }],
  [
    "a rollout under way",
    { deployments: [deployment({}, [status("Progressing", "True"), status("Available", "False")])] },
  ],
  ["a rollout that somebody paused", { deployments: [deployment({ paused: true }, [status("Progressing", "False")])] }],
  ["a node that is ready", { nodes: [node("True")] }],
] as const)("%s is none", (_what, listed) => expect(says(listed)).toEqual([]));

test("a pod on a node that is not ready is ill for the node's sake", () => {
  expect(says({ nodes: [node("False")], pods: [waiting("CrashLoopBackOff")] })).toEqual([
    "Node node-1: the node is not ready",
  ]);
});
