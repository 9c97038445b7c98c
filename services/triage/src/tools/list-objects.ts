import type { Kind, KubeObject, Pod } from "@holdfast/cluster";
import { z } from "zod";
import { controllerOf, imagesOf, isReady, lastEnd, statusesOf } from "../facts.ts";
import { defineTool, namespace } from "../tool.ts";

const KINDS = [
  "Pod",
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "ResourceQuota",
  "Node",
] as const satisfies readonly Kind[];
const SELECTOR = /^[\w./=!,() -]{1,300}$/;
const OBJECTS_MAX = 100;

export const tool = defineTool({
  name: "list_objects",
  says: "Lists the objects of a kind, in brief: pods with their state, node, owner and containers; others by name and age.",
  input: z.strictObject({
    kind: z.enum(KINDS),
    namespace: namespace.nullable().describe("null for Node"),
    label_selector: z.string().regex(SELECTOR, "is no label selector").optional(),
  }),
  offered: () => true,
  run: async ({ kind, namespace: where, label_selector: labelSelector }, { reader, now }, signal) => {
    if ((kind === "Node") !== (where === null))
      throw new Error(kind === "Node" ? "Nodes have no namespace: give null." : `A list of ${kind} needs a namespace.`);
    const objects = await reader.list(
      kind,
      {
        limit: OBJECTS_MAX,
        ...(where !== null && { namespace: where }),
        ...(labelSelector !== undefined && { labelSelector }),
      },
      signal,
    );
    const query = `kubectl ${where === null ? "" : `-n ${where} `}get ${kind.toLowerCase()}${labelSelector === undefined ? "" : ` -l '${labelSelector}'`}`;
    return {
      source: "kube",
      query,
      readAt: now(),
      result: objects.map(kind === "Pod" ? podInBrief : inBrief),
      outsideWritable: false,
    };
  },
});

function inBrief({ metadata }: KubeObject): object {
  return { name: metadata?.name, created: metadata?.creationTimestamp, labels: metadata?.labels };
}

function podInBrief(pod: KubeObject & Partial<Pod>): object {
  return {
    ...inBrief(pod),
    phase: pod.status?.phase,
    ready: isReady(pod),
    deleting: pod.metadata?.deletionTimestamp ?? undefined,
    node: pod.spec?.nodeName,
    owner: controllerOf(pod)?.name,
    images: imagesOf(pod.spec?.containers),
    containers: statusesOf(pod).map((status) => ({
      name: status.name,
      ready: status.ready,
      restarts: status.restartCount,
      waiting: status.state?.waiting?.reason,
      last_end: lastEnd(status)?.reason,
      exit_code: lastEnd(status)?.exitCode,
    })),
  };
}
