import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";

/** The lists that a strategic merge patch merges by a key, as far as the sandbox needs them; others are replaced. */
const MERGE_KEYS: Record<string, string> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
  imagePullSecrets: "name",
  taints: "key",
  conditions: "type",
};

export type Merged =
  | { readonly outcome: "patched"; readonly value: unknown }
  | { readonly outcome: "refused"; readonly why: string };

export function applyStrategicMerge(document: unknown, patch: unknown): Merged {
  const directive = directiveIn(patch);
  if (directive !== undefined) {
    return { outcome: "refused", why: `the sandbox does not do the directive ${directive} of strategic merge patches` };
  }
  return { outcome: "patched", value: merge(document, patch, "") };
}

function merge(document: unknown, patch: unknown, field: string): unknown {
  if (Array.isArray(patch)) return mergeList(document, patch, MERGE_KEYS[field]);
  if (!isObject(patch)) return structuredClone(patch);
  const merged = isObject(document) ? structuredClone(document) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value, key);
  }
  return merged;
}

function mergeList(document: unknown, patch: unknown[], key: string | undefined): unknown[] {
  if (key === undefined || !patch.every(isObject) || !Array.isArray(document)) return structuredClone(patch);
  const merged: unknown[] = structuredClone(document);
  for (const item of patch) {
    const at = merged.findIndex((old) => isObject(old) && old[key] === item[key]);
    if (at === -1) merged.push(structuredClone(item));
    else merged[at] = merge(merged[at], item, "");
  }
  return merged;
}

function directiveIn(patch: unknown): string | undefined {
  const inside = (value: JsonObject): string | undefined => {
    const own = Object.keys(value).find((key) => key.startsWith("$"));
    return (
      own ??
      Object.values(value)
        .map(directiveIn)
        .find((found) => found !== undefined)
    );
  };
  if (Array.isArray(patch)) return patch.map(directiveIn).find((found) => found !== undefined);
  return isObject(patch) ? inside(patch) : undefined;
}
