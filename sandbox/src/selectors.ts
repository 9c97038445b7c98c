import { isObject, shown } from "./json.ts";
import type { KubeObject, Labels, Selector } from "./kinds.ts";

export type Matches = (object: KubeObject) => boolean;

export function selectorMatches(selector: Selector, labels: Labels): boolean {
  const byLabels = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    byLabels &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          return false;
      }
    })
  );
}

/** `a=b,c!=d,e in (f,g),h,!i`; `undefined` when it cannot be read. */
export function parseLabelSelector(text: string): Matches | undefined {
  const tests: ((labels: Labels) => boolean)[] = [];
  for (const part of text
    .split(/,(?![^()]*\))/)
    .map((p) => p.trim())
    .filter((p) => p !== "")) {
    const test = labelTest(part);
    if (test === undefined) return undefined;
    tests.push(test);
  }
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

function labelTest(part: string): ((labels: Labels) => boolean) | undefined {
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((v) => v.trim());
    return (labels) => values.includes(labels[key] ?? "\0") === (operator === "in");
  }
  const equal = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(part);
  if (equal !== null) {
    const [, key = "", operator, value] = equal;
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const exists = /^(!?)([\w./-]+)$/.exec(part);
  if (exists === null) return undefined;
  const [, not, key = ""] = exists;
  return (labels) => (labels[key] !== undefined) === (not === "");
}

const SELECTABLE: Record<string, readonly string[]> = {
  pods: [
    "spec.nodeName",
    "status.phase",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.podIP",
  ],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "type",
    "source",
  ],
  nodes: ["spec.unschedulable"],
  namespaces: ["status.phase"],
};

/** What cannot be selected is refused, as the server does: an empty answer would read as "there is none". */
export function parseFieldSelector(plural: string, text: string): Matches | string {
  const tests: Matches[] = [];
  for (const part of text.split(",").filter((p) => p !== "")) {
    const [, field = "", operator, value = ""] = /^([\w.]+)(==|=|!=)(.*)$/.exec(part) ?? [];
    const known = ["metadata.name", "metadata.namespace", ...(SELECTABLE[plural] ?? [])];
    if (!known.includes(field)) return unsupported(plural, field === "" ? part : field);
    tests.push((object) => (fieldOf(object, field) === value) === (operator !== "!="));
  }
  return (object) => tests.every((test) => test(object));
}

/** Kinds that can be chosen by their name alone say so in other words. */
function unsupported(plural: string, field: string): string {
  if (SELECTABLE[plural] !== undefined) return `field label not supported: ${field}`;
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function fieldOf(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split(".")) value = isObject(value) ? value[step] : undefined;
  if (isObject(value)) return shown(value["component"] ?? "");
  return value === undefined ? (path === "spec.unschedulable" ? "false" : "") : shown(value);
}
