import { isObject, sameJson } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { KubeObject } from "../kinds.ts";
import type { Resource } from "../resources.ts";
import { selectorMatches } from "../selectors.ts";
import type { Cause } from "./status.ts";

/** The rules of the kinds that people and Holdfast change. What is not here is not checked. */
export function validate(resource: Resource, before: KubeObject | undefined, after: KubeObject): Cause[] {
  const spec: JsonObject = isObject(after.spec) ? after.spec : {};
  const old: JsonObject = isObject(before?.spec) ? before.spec : {};
  switch (resource.plural) {
    case "deployments":
    case "statefulsets":
    case "daemonsets":
      return [...replicas(spec["replicas"]), ...template(spec), ...selector(spec, old, before !== undefined)];
    case "pods":
      return before === undefined || sameJson(withoutImages(old), withoutImages(spec)) ? [] : [frozenPod()];
    case "horizontalpodautoscalers":
      return autoscaler(spec);
    case "leases":
      return [...positive(spec["leaseDurationSeconds"], "spec.leaseDurationSeconds")];
    default:
      return [];
  }
}

function replicas(value: unknown): Cause[] {
  const good = value === undefined || (Number.isInteger(value) && Number(value) >= 0);
  return good ? [] : [wrong("spec.replicas", value, "must be greater than or equal to 0")];
}

function template(spec: JsonObject): Cause[] {
  const template = isObject(spec["template"]) ? spec["template"] : {};
  const podSpec = isObject(template["spec"]) ? template["spec"] : {};
  const containers = Array.isArray(podSpec["containers"]) ? podSpec["containers"].filter(isObject) : [];
  if (containers.length === 0) return [required("spec.template.spec.containers")];
  return containers.flatMap((container, at) => {
    const path = `spec.template.spec.containers[${at}]`;
    const missing = ["name", "image"].filter(
      (field) => typeof container[field] !== "string" || container[field] === "",
    );
    return missing.map((field) => required(`${path}.${field}`));
  });
}

function selector(spec: JsonObject, old: JsonObject, known: boolean): Cause[] {
  const moved =
    known && !sameJson(spec["selector"], old["selector"])
      ? [wrong("spec.selector", spec["selector"], "field is immutable")]
      : [];
  const template = isObject(spec["template"]) ? spec["template"] : {};
  const metadata = isObject(template["metadata"]) ? template["metadata"] : {};
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  const texts = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
  const wanted = isObject(spec["selector"]) ? spec["selector"] : {};
  if (selectorMatches(wanted, texts)) return moved;
  return [wrong("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"), ...moved];
}

function autoscaler(spec: JsonObject): Cause[] {
  const min = Number(spec["minReplicas"] ?? 1);
  const max = Number(spec["maxReplicas"] ?? 0);
  if (min < 1) return [wrong("spec.minReplicas", min, "must be greater than or equal to 1")];
  return max < min ? [wrong("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`")] : [];
}

function positive(value: unknown, field: string): Cause[] {
  return value === undefined || (typeof value === "number" && value > 0)
    ? []
    : [wrong(field, value, "must be greater than 0")];
}

function withoutImages(spec: JsonObject): JsonObject {
  const containers = Array.isArray(spec["containers"]) ? spec["containers"].filter(isObject) : [];
  return { ...spec, containers: containers.map((container) => ({ ...container, image: "" })) };
}

function frozenPod(): Cause {
  return {
    reason: "FieldValueForbidden",
    field: "spec",
    message: "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
  };
}

export function wrong(field: string, value: unknown, why: string): Cause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

function required(field: string): Cause {
  return { reason: "FieldValueRequired", field, message: "Required value" };
}
