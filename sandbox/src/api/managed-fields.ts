import { isObject, sameJson } from "../json.ts";
import { timestamp } from "../kinds.ts";
import type { KubeObject, ManagedFields } from "../kinds.ts";

/** Who last changed which fields: an entry for each manager, lists counted as one field. */
export function withManager(
  before: KubeObject | undefined,
  after: KubeObject,
  manager: string,
  now: number,
): KubeObject {
  const changed = changes(content(before), content(after));
  if (Object.keys(changed).length === 0) return after;
  const others = (before?.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  const own = before?.metadata.managedFields?.find((entry) => entry.manager === manager);
  const entry: ManagedFields = {
    manager,
    operation: "Update",
    apiVersion: after.apiVersion,
    time: timestamp(now),
    fieldsType: "FieldsV1",
    fieldsV1: join(own?.fieldsV1 ?? {}, changed),
  };
  return { ...after, metadata: { ...after.metadata, managedFields: [...others, entry] } };
}

function content(object: KubeObject | undefined): object {
  if (object === undefined) return {};
  const { labels, annotations } = object.metadata;
  return { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) }, spec: object.spec ?? {} };
}

function changes(before: unknown, after: unknown): Record<string, unknown> {
  if (!isObject(after)) return {};
  const old = isObject(before) ? before : {};
  const differing = Object.entries(after).filter(([key, value]) => !sameJson(old[key], value));
  return Object.fromEntries(differing.map(([key, value]) => [`f:${key}`, changes(old[key], value)]));
}

function join(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const joined = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const own = joined[key];
    joined[key] = isObject(own) && isObject(value) ? join(own, value) : value;
  }
  return joined;
}
