import type { Identity } from "../identities.ts";
import type { KubeObject } from "../kinds.ts";
import type { Resource } from "../resources.ts";
import { resourceNamed } from "../resources.ts";

/** One HTTP request to the Kubernetes API, already authenticated. */
export type ApiRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: string;
  readonly user: Identity;
};

export type Target = {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
};

/** A watch is a stream, so the door runs it: first what is there, then what changes. */
export type Answer =
  | { readonly kind: "json"; readonly code: number; readonly body: unknown; readonly warnings?: readonly string[] }
  | { readonly kind: "text"; readonly code: number; readonly text: string }
  | { readonly kind: "watch"; readonly watch: Watch };

export type Watch = {
  readonly plural: string;
  readonly matches: (object: KubeObject) => boolean;
  readonly from: number | undefined;
  readonly timeoutMs: number;
};

export function json(code: number, body: unknown, warnings: readonly string[] = []): Answer {
  return { kind: "json", code, body, ...(warnings.length === 0 ? {} : { warnings }) };
}

/** `undefined` for a path that names nothing that is served. */
export function targetOf(path: string): Target | undefined {
  const steps = path
    .split("/")
    .filter((step) => step !== "")
    .map(decodeURIComponent);
  const [root, ...rest] = steps;
  const [group, version, ...inside] = root === "api" ? ["", ...rest] : root === "apis" ? rest : [];
  if (group === undefined || version === undefined) return undefined;
  const [first, second, third] = inside;
  const inNamespace = first === "namespaces" && second !== undefined && third !== undefined;
  const [plural, name, ...sub] = inNamespace ? inside.slice(2) : inside;
  const resource = resourceNamed(group, version, plural ?? "");
  if (resource === undefined || sub.length > 1) return undefined;
  if (inNamespace !== resource.namespaced && (name !== undefined || inNamespace)) return undefined;
  const [subresource] = sub;
  if (subresource !== undefined && !resource.subresources.includes(subresource)) return undefined;
  return { resource, namespace: inNamespace ? second : undefined, name, subresource };
}
