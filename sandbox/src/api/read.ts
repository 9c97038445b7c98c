import type { KubeObject } from "../kinds.ts";
import { apiVersionOf } from "../resources.ts";
import { parseFieldSelector, parseLabelSelector } from "../selectors.ts";
import type { Matches } from "../selectors.ts";
import type { World } from "../world.ts";
import { json } from "./request.ts";
import type { Answer, ApiRequest, Target } from "./request.ts";
import { ApiRefusal, badRequest, notFound } from "./status.ts";

const WATCH_MS_MAX = 3_600_000;

export function getObject({ store }: World, { resource, namespace, name = "" }: Target): KubeObject {
  const found = store.getAny(resource.plural, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return found;
}

export function listOrWatch(world: World, target: Target, request: ApiRequest): Answer {
  const { query } = request;
  const matches = selection(target, query);
  if (["true", "1"].includes(query.get("watch") ?? "")) {
    const from = query.get("resourceVersion") ?? "";
    const seconds = Number(query.get("timeoutSeconds") ?? "1800");
    return {
      kind: "watch",
      watch: {
        plural: target.resource.plural,
        matches,
        from: from === "" || from === "0" ? undefined : Number(from),
        timeoutMs: Math.min(WATCH_MS_MAX, (Number.isFinite(seconds) ? seconds : 1_800) * 1_000),
      },
    };
  }
  return json(200, list(world, target, query, matches));
}

function list({ store }: World, { resource, namespace }: Target, query: URLSearchParams, matches: Matches): object {
  const all = store
    .listAny(resource.plural, namespace)
    .filter(matches)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const after = query.get("continue") ?? "";
  const last = Buffer.from(after, "base64url").toString("utf8");
  const rest = after === "" ? all : all.filter((object) => keyOf(object) > last);
  const limit = Number(query.get("limit") ?? "0");
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const end = page.at(-1);
  const left = rest.length - page.length;
  const more =
    left > 0 && end !== undefined
      ? { continue: Buffer.from(keyOf(end)).toString("base64url"), remainingItemCount: left }
      : {};
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(store.version()), ...more },
    // In a list a real server leaves kind and version out of the items.
    items: page.map(({ kind: _k, apiVersion: _v, ...item }) => item),
  };
}

function selection({ resource, namespace }: Target, query: URLSearchParams): Matches {
  const byLabel = parseLabelSelector(query.get("labelSelector") ?? "");
  if (byLabel === undefined) {
    const [found] = /^(==|!=|=|\w*)/.exec(query.get("labelSelector") ?? "") ?? [""];
    throw badRequest(`found '${found}', expected: !, identifier, or 'end of string'`);
  }
  const byField = parseFieldSelector(resource.plural, query.get("fieldSelector") ?? "");
  if (typeof byField === "string") throw badRequest(byField);
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) && byLabel(object) && byField(object);
}

function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

export function expired(version: number): ApiRefusal {
  return new ApiRefusal(410, "Expired", `too old resource version: ${version}`);
}
