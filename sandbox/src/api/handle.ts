import { authorize } from "../rbac.ts";
import type { World } from "../world.ts";
import { deleteObject, evict } from "./delete.ts";
import { discover } from "./discovery.ts";
import { podLog } from "./logs.ts";
import { getObject, listOrWatch } from "./read.ts";
import { json, targetOf } from "./request.ts";
import type { Answer, ApiRequest, Target } from "./request.ts";
import { review } from "./reviews.ts";
import { scalableNamed, scaleOf } from "./scale.ts";
import { forbidden, methodNotAllowed } from "./status.ts";
import { unserved } from "./unserved.ts";
import { verbOf } from "./verb.ts";
import { createObject, patchObject } from "./write.ts";

/** Who may, then what: an answer, or a thrown `ApiRefusal`. */
export function handle(world: World, request: ApiRequest): Answer {
  if (["/readyz", "/livez", "/healthz"].includes(request.path)) return { kind: "text", code: 200, text: "ok" };
  const open = review(world, request) ?? (request.method === "GET" ? discover(request.path) : undefined);
  if (open !== undefined) return open;
  const target = targetOf(request.path);
  if (target === undefined) return unserved(world, request);
  permit(world, target, request);
  switch (request.method) {
    case "GET":
      return read(world, target, request);
    case "POST":
      if (target.subresource === "eviction") return evict(world, target, request);
      if (target.name !== undefined)
        throw methodNotAllowed("the server does not allow this method on the requested resource");
      return createObject(world, target, request);
    case "PATCH":
      if (target.name === undefined)
        throw methodNotAllowed("the server does not allow this method on the requested resource");
      return patchObject(world, target, request);
    case "DELETE":
      if (target.name === undefined) throw methodNotAllowed("the sandbox deletes one object at a time");
      return deleteObject(world, target, request);
    default:
      throw methodNotAllowed(
        `the sandbox does not do ${request.method}; a PUT loses what the client does not know, so send a patch`,
      );
  }
}

function read(world: World, target: Target, request: ApiRequest): Answer {
  const { name, subresource } = target;
  if (name === undefined) return listOrWatch(world, target, request);
  if (subresource === "log") return podLog(world, target, request.query);
  if (subresource !== "scale") return json(200, getObject(world, target));
  return json(200, scaleOf(scalableNamed(world.store, target)));
}

function permit({ store }: World, target: Target, { method, query, user }: ApiRequest): void {
  const { resource, namespace, subresource } = target;
  const verb = verbOf(method, target.name, query);
  const [, selected] = /^metadata\.name==?([^,]+)$/.exec(query.get("fieldSelector") ?? "") ?? [];
  const name = target.name ?? selected;
  const what = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const ownNamespace = resource.plural === "namespaces" ? target.name : namespace;
  const verdict = authorize(store, user, {
    verb,
    group: resource.group,
    resource: what,
    namespace: ownNamespace,
    name,
  });
  if (verdict.allowed) return;
  const where = ownNamespace === undefined ? "at the cluster scope" : `in the namespace "${ownNamespace}"`;
  const why = `User "${user.username}" cannot ${verb} resource "${what}" in API group "${resource.group}" ${where}`;
  throw forbidden(resource, target.name, why);
}
