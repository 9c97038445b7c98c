import type { Kind } from "@holdfast/cluster";
import { z } from "zod";
import { defineTool, namespace, objectName } from "../tool.ts";

/** Neither Secret nor ConfigMap is among them: their values are never read. */
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
  "EndpointSlice",
  "Node",
] as const satisfies readonly Kind[];

export const tool = defineTool({
  name: "get_object",
  says: "Reads one Kubernetes object as JSON, with its status. Values of environment variables are left out.",
  input: z.strictObject({
    kind: z.enum(KINDS),
    namespace: namespace.nullable().describe("null for a Node"),
    name: objectName,
  }),
  offered: () => true,
  run: async ({ kind, namespace: where, name }, { reader, now }, signal) => {
    if ((kind === "Node") !== (where === null))
      throw new Error(
        kind === "Node" ? "A Node has no namespace: give null." : `A ${kind} is in a namespace: name it.`,
      );
    const object = await reader.get({ kind, namespace: where, name }, signal);
    const query = `kubectl ${where === null ? "" : `-n ${where} `}get ${kind.toLowerCase()} ${name} -o json`;
    return {
      source: "kube",
      query,
      readAt: now(),
      result: object === undefined ? "There is no such object." : withoutNoise(object),
      outsideWritable: false,
    };
  },
});

const DROPPED = new Set(["managedFields", "httpHeaders", "images"]);

/** Command lines are joined, because a secret in two words is seen only where they stand beside each other. */
function withoutNoise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name, member]) => !DROPPED.has(name) || !Array.isArray(member));
  return Object.fromEntries(
    entries.map(([name, member]) => [
      name,
      (name === "args" || name === "command") && Array.isArray(member) ? member.join(" ") : withoutNoise(member),
    ]),
  );
}
