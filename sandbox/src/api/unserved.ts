import { authorize } from "../rbac.ts";
import { RESOURCES } from "../resources.ts";
import type { World } from "../world.ts";
import type { Answer, ApiRequest } from "./request.ts";
import { ApiRefusal, forbidden, pathNotFound } from "./status.ts";
import { verbOf } from "./verb.ts";

type Named = {
  readonly group: string;
  readonly plural: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
};

/** A real server asks who may before it looks what there is: only whoever may ask learns that nothing is served here. */
export function unserved({ store }: World, { method, path, query, user }: ApiRequest): Answer {
  const named = namedBy(path);
  if (named === undefined) {
    if (user.name === "admin") return nothing();
    const why = `forbidden: User "${user.username}" cannot ${method.toLowerCase()} path "${path}"`;
    throw new ApiRefusal(403, "Forbidden", why, {});
  }
  const { group, plural, subresource, namespace, name } = named;
  const verb = verbOf(method, name, query);
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  if (!authorize(store, user, { verb, group, resource, namespace, name }).allowed) {
    const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    const why = `User "${user.username}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
    throw forbidden({ plural, group }, name, why);
  }
  if (RESOURCES.some((served) => served.group === group)) throw pathNotFound();
  return nothing();
}

function nothing(): Answer {
  return { kind: "text", code: 404, text: "404 page not found\n" };
}

function namedBy(path: string): Named | undefined {
  const [root, ...rest] = path
    .split("/")
    .filter((step) => step !== "")
    .map(decodeURIComponent);
  const [group, version, ...inside] = root === "api" ? ["", ...rest] : root === "apis" ? rest : [];
  const inNamespace = inside[0] === "namespaces" && inside[2] !== undefined;
  const [plural, name, subresource] = inNamespace ? inside.slice(2) : inside;
  if (group === undefined || version === undefined || plural === undefined) return undefined;
  return { group, plural, subresource, namespace: inNamespace ? inside[1] : undefined, name };
}
