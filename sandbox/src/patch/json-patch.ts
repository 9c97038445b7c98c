import { isObject, sameJson } from "../json.ts";

/**
 * RFC 6902 as a real API server applies it: `test` with `null` holds where the last step of the path is absent, and `replace`
 * writes there.
 */
export type Patched =
  | { readonly outcome: "patched"; readonly value: unknown }
  | { readonly outcome: "refused"; readonly why: string }
  | { readonly outcome: "malformed"; readonly why: string };

type Operation = { op: string; path: string; from?: string; value?: unknown };

export function applyJsonPatch(document: unknown, patch: unknown): Patched {
  if (!Array.isArray(patch)) return malformed(patch, "[]handlers.jsonPatchOp");
  const root = { "": structuredClone(document) };
  for (const operation of patch) {
    if (!isObject(operation)) return malformed(operation, "handlers.jsonPatchOp");
    if (!isOperation(operation)) return { outcome: "refused", why: "every operation has an op and a path" };
    const why = apply(root, operation);
    if (why !== undefined) return { outcome: "refused", why };
  }
  return { outcome: "patched", value: root[""] };
}

function malformed(value: unknown, wanted: string): Patched {
  const given = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  return { outcome: "malformed", why: `json: cannot unmarshal ${given} into Go value of type ${wanted}` };
}

function isOperation(value: unknown): value is Operation {
  return isObject(value) && typeof value["op"] === "string" && typeof value["path"] === "string";
}

function apply(root: { "": unknown }, { op, path, from, value }: Operation): string | undefined {
  switch (op) {
    case "test": {
      const found = read(root, path);
      if (found.parent === false) return `test: ${path} has no parent`;
      return sameJson(found.value ?? null, value ?? null) ? undefined : `test: ${path} differs`;
    }
    case "add":
      return write(root, path, structuredClone(value), "add");
    case "replace":
      return write(root, path, structuredClone(value), "replace");
    case "remove":
      return write(root, path, undefined, "remove");
    case "copy":
    case "move": {
      const found = read(root, from ?? "");
      if (!found.present) return `${op}: ${from ?? ""} is absent`;
      if (op === "move") write(root, from ?? "", undefined, "remove");
      return write(root, path, structuredClone(found.value), "add");
    }
    default:
      return `unknown operation ${op}`;
  }
}

type Found = { parent: boolean; present: boolean; value?: unknown };

function read(root: unknown, path: string): Found {
  return follow(root, stepsOf(path));
}

function follow(root: unknown, steps: readonly string[]): Found {
  let value: unknown = root;
  for (const [at, step] of steps.entries()) {
    const last = at === steps.length - 1;
    if (Array.isArray(value) && /^\d+$/.test(step) && Number(step) < value.length) value = value[Number(step)];
    else if (isObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return { parent: last && (isObject(value) || Array.isArray(value)), present: false };
  }
  return { parent: true, present: true, value };
}

function write(root: unknown, path: string, value: unknown, how: "add" | "replace" | "remove"): string | undefined {
  const steps = stepsOf(path);
  const key = steps.pop() ?? "";
  const holder = follow(root, steps).value;
  if (Array.isArray(holder)) return writeItem(holder, key, value, how);
  if (!isObject(holder)) return `${how}: ${path} has no parent`;
  if (how === "remove" && !Object.hasOwn(holder, key)) return `remove: ${path} is absent`;
  if (how === "remove") delete holder[key];
  else Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
  return undefined;
}

function writeItem(list: unknown[], key: string, value: unknown, how: string): string | undefined {
  const at = key === "-" ? list.length : Number(key);
  const end = how === "add" ? list.length : list.length - 1;
  if (!Number.isInteger(at) || at < 0 || at > end) return `${how}: no item ${key}`;
  if (how === "add") list.splice(at, 0, value);
  else if (how === "replace") list[at] = value;
  else list.splice(at, 1);
  return undefined;
}

/** The document hangs under the key "", so the path "" is an ordinary step. */
function stepsOf(path: string): string[] {
  return path.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
