import * as k8s from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { isObject } from "./json.ts";

const KINDS = [
  "V1Namespace",
  "V1Node",
  "V1Pod",
  "CoreV1Event",
  "V1Service",
  "V1ConfigMap",
  "V1ResourceQuota",
  "V1PersistentVolumeClaim",
  "V1Deployment",
  "V1ReplicaSet",
  "V1StatefulSet",
  "V1DaemonSet",
  "V1ControllerRevision",
  "V1Job",
  "V1CronJob",
  "V2HorizontalPodAutoscaler",
  "V1PodDisruptionBudget",
  "V1EndpointSlice",
  "V1Lease",
  "V1Scale",
];

test("strict validation knows every field of every kind that is served, as the client of this version does", async () => {
  const fields: Record<string, Record<string, string>> = {};
  const waiting = [...KINDS];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const attributes = attributesOf(name);
    if (fields[name] !== undefined || attributes === undefined) continue;
    fields[name] = attributes;
    waiting.push(...Object.values(attributes).flatMap((type) => type.match(/V\d\w+|CoreV1\w+/g) ?? []));
  }
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  const lines = Object.entries(sorted).map(([name, types]) => `  ${JSON.stringify(name)}: ${JSON.stringify(types)}`);
  await expect(`{\n${lines.join(",\n")}\n}\n`).toMatchFileSnapshot("./fields.json");
});

function attributesOf(name: string): Record<string, string> | undefined {
  const model: unknown = Object.entries(k8s).find(([key]) => key === name)?.[1];
  if (typeof model !== "function" || !("getAttributeTypeMap" in model)) return undefined;
  const read = model.getAttributeTypeMap;
  const list: unknown = typeof read === "function" ? read.call(model) : undefined;
  if (!Array.isArray(list)) return undefined;
  return Object.fromEntries(list.filter(isObject).map((item) => [String(item["baseName"]), String(item["type"])]));
}
