import { isObject, sameJson, shown } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { KubeObject, Meta } from "../kinds.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { applyStrategicMerge } from "../patch/strategic-merge.ts";
import { apiVersionOf, qualifiedName } from "../resources.ts";
import type { World } from "../world.ts";
import { admit } from "./admission.ts";
import { checkFields, dropField, modelOf } from "./fields.ts";
import { withManager } from "./managed-fields.ts";
import { getObject } from "./read.ts";
import { json } from "./request.ts";
import type { Answer, ApiRequest, Target } from "./request.ts";
import { scalableNamed, scaleOf, withScale } from "./scale.ts";
import {
  ApiRefusal,
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  modified,
  patchRefused,
  unsupportedMediaType,
} from "./status.ts";
import { validate, wrong } from "./validate.ts";

export function createObject(world: World, target: Target, request: ApiRequest): Answer {
  const { resource, namespace } = target;
  const dryRun = dryRunOf(request.query.getAll("dryRun"), "CreateOptions");
  const parsed = parseJson(request.body, resource.kind);
  if (!isObject(parsed)) throw badRequest("the body is no object");
  const warnings = strictly(target, undefined, parsed, request, "create");
  const body = asNew(target, parsed);
  admit(request.user, { operation: "CREATE", target, name: body.metadata.name, dryRun });
  const causes = validate(resource, undefined, body);
  if (causes.length > 0) throw invalid(resource, body.metadata.name, causes);
  if (world.store.getAny(resource.plural, namespace, body.metadata.name) !== undefined) {
    throw alreadyExists(resource, body.metadata.name);
  }
  const managed = withManager(undefined, body, managerOf(request), world.now());
  if (dryRun) return json(201, managed, warnings);
  return json(201, world.store.create(resource.plural, managed), warnings);
}

/** Kinds whose controllers here write what they see. */
const WITH_STATUS = [
  "deployments",
  "replicasets",
  "statefulsets",
  "daemonsets",
  "poddisruptionbudgets",
  "pods",
  "nodes",
];

function asNew({ resource, namespace }: Target, body: JsonObject): KubeObject {
  const metadata = isObject(body["metadata"]) ? body["metadata"] : {};
  const generateName = metadata["generateName"];
  const name =
    metadata["name"] ??
    (typeof generateName === "string" ? `${generateName}${Math.random().toString(36).slice(2, 7)}` : "");
  if (typeof name !== "string" || name === "") throw badRequest("name or generateName is required");
  if (metadata["namespace"] !== undefined && metadata["namespace"] !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    throw invalid(resource, name, [
      wrong(
        "metadata.name",
        name,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      ),
    ]);
  }
  const { uid: _u, resourceVersion: _r, generation: _g, creationTimestamp: _c, managedFields: _m, ...kept } = metadata;
  const own = { ...kept, name, ...(namespace === undefined ? {} : { namespace }) };
  const status = WITH_STATUS.includes(resource.plural) ? { status: {} } : {};
  // INVARIANT: the shape was checked against the fields of its kind just before; identity is the store's to give.
  return { ...body, ...status, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: own } as KubeObject;
}

export function patchObject(world: World, target: Target, request: ApiRequest): Answer {
  const { resource, subresource } = target;
  const dryRun = dryRunOf(request.query.getAll("dryRun"), "PatchOptions");
  const stored = getObject(world, target);
  const before = subresource === "scale" ? scaleOf(scalableNamed(world.store, target)) : stored;
  const patched = applyPatch(before, request);
  if (!isObject(patched) || !isObject(patched["metadata"])) throw patchRefused();
  const warnings = strictly(target, before, patched, request, "patch");
  const after = keepIdentity(target, before, patched);
  const whole = subresource === "scale" ? withScale(scalableNamed(world.store, target), after) : after;
  const parts =
    subresource === "status" ? { ...stored, status: whole.status ?? {} } : { ...whole, ...statusOf(stored) };
  const causes = validate(resource, stored, parts);
  if (causes.length > 0) throw invalid(resource, stored.metadata.name, causes);
  admit(request.user, { operation: "UPDATE", target, name: stored.metadata.name, dryRun });
  const next = withGeneration(resource.plural, stored, withManager(stored, parts, managerOf(request), world.now()));
  const result = dryRun ? next : world.store.replace(resource.plural, next);
  return json(
    200,
    subresource === "scale"
      ? { ...after, metadata: { ...after.metadata, resourceVersion: result.metadata.resourceVersion } }
      : result,
    warnings,
  );
}

function applyPatch(before: KubeObject, { contentType, body }: ApiRequest): unknown {
  const type = contentType.split(";")[0]?.trim();
  if (type === "application/json-patch+json") {
    const applied = applyJsonPatch(before, parsePatch(body));
    if (applied.outcome === "malformed") throw badRequest(`error decoding patch: ${applied.why}`);
    if (applied.outcome === "refused") throw patchRefused();
    return applied.value;
  }
  if (type === "application/merge-patch+json") return applyMergePatch(before, parseJson(body));
  if (type === "application/strategic-merge-patch+json") {
    const merged = applyStrategicMerge(before, parseJson(body));
    if (merged.outcome === "refused") throw new ApiRefusal(422, "Invalid", merged.why);
    return merged.value;
  }
  throw unsupportedMediaType();
}

function parsePatch(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw badRequest(`error decoding patch: ${whyNoJson(cause, body)}`);
  }
}

/** A patch may say who it means (uid, version), and may not change who it is. */
function keepIdentity(target: Target, before: KubeObject, patched: JsonObject): KubeObject {
  const { resource } = target;
  const metadata: JsonObject = isObject(patched["metadata"]) ? patched["metadata"] : {};
  const { name, namespace, uid, resourceVersion } = before.metadata;
  if (metadata["uid"] !== undefined && metadata["uid"] !== uid) {
    const why = `Precondition failed: UID in precondition: ${shown(metadata["uid"])}, UID in object meta: ${uid}`;
    if (target.subresource === "scale") throw conflict(qualifiedName(resource), name, why);
    const cause = wrong("metadata.uid", metadata["uid"], "field is immutable");
    throw invalid(resource, name, [cause, cause]); // a real server finds it twice
  }
  const version = metadata["resourceVersion"];
  if (version !== undefined && version !== "" && version !== resourceVersion) throw modified(resource, name);
  if (metadata["name"] !== name || metadata["namespace"] !== namespace) {
    throw badRequest(
      `the name of the object (${shown(metadata["name"])}) does not match the name on the URL (${name})`,
    );
  }
  const { generation, creationTimestamp, deletionTimestamp, managedFields } = before.metadata;
  const fixed = { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, managedFields };
  const merged: JsonObject = { ...metadata, ...fixed };
  for (const [key, value] of Object.entries(merged)) if (value === undefined || value === null) delete merged[key];
  // INVARIANT: the fields were checked against its kind just before, and identity is that of the stored object.
  const named = { ...patched, apiVersion: before.apiVersion, kind: before.kind, metadata: merged as Meta };
  return withoutFalse(resource.plural, named);
}

/** Flags that the server keeps only where they are true. */
const FLAGS: Readonly<Record<string, string>> = { deployments: "paused", nodes: "unschedulable" };

function withoutFalse(plural: string, object: KubeObject): KubeObject {
  const flag = FLAGS[plural];
  if (flag === undefined || !isObject(object.spec) || object.spec[flag] !== false) return object;
  const { [flag]: _, ...spec } = object.spec;
  return { ...object, spec };
}

function statusOf(stored: KubeObject): { status?: object } {
  return stored.status === undefined ? {} : { status: stored.status };
}

/** The generation tells of what is wanted, not of what is; on a Deployment annotations count too, since its controller copies them. */
function withGeneration(plural: string, before: KubeObject, after: KubeObject): KubeObject {
  const annotated = plural === "deployments" && !sameJson(before.metadata.annotations, after.metadata.annotations);
  if (before.metadata.generation === undefined || (sameJson(before.spec, after.spec) && !annotated)) return after;
  return { ...after, metadata: { ...after.metadata, generation: before.metadata.generation + 1 } };
}

/** Unknown fields: refused where `Strict` was asked for, else dropped with a warning. What was stored with them keeps them. */
function strictly(
  target: Target,
  before: KubeObject | undefined,
  after: JsonObject,
  request: ApiRequest,
  how: "create" | "patch",
): string[] {
  const model = modelOf(target.resource, target.subresource);
  const { unknown, mistyped } = checkFields(model, after);
  const known = new Set(before === undefined ? [] : checkFields(model, before).unknown);
  const fresh = unknown.filter((path) => !known.has(path));
  const refuse = (why: string): ApiRefusal => {
    const { kind } = target.resource;
    if (how === "create")
      return badRequest(`${kind} in version "${target.resource.version}" cannot be handled as a ${kind}: ${why}`);
    return new ApiRefusal(
      422,
      "Invalid",
      ` "" is invalid: patch: Invalid value: ${JSON.stringify(JSON.stringify(after))}: ${why}`,
      {
        causes: [{ reason: "FieldValueInvalid", message: `Invalid value: ${why}`, field: "patch" }],
      },
    );
  };
  if (mistyped[0] !== undefined) throw refuse(`json: cannot unmarshal ${mistyped[0]}`);
  const said = fresh.map((path) => `unknown field "${path}"`);
  if (fresh.length > 0 && request.query.get("fieldValidation") === "Strict")
    throw refuse(`strict decoding error: ${said.join(", ")}`);
  for (const path of fresh) dropField(after, path);
  return said;
}

export function dryRunOf(
  values: readonly unknown[],
  options: "CreateOptions" | "PatchOptions" | "DeleteOptions",
): boolean {
  if (values.some((value) => value !== "All")) {
    const message = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
    throw invalid({ group: "meta.k8s.io", kind: options }, "", [
      { reason: "FieldValueNotSupported", field: "dryRun", message },
    ]);
  }
  return values.length > 0;
}

/** @param kind what the server would have made of it. */
export function parseJson(text: string, kind = "object"): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = `couldn't get version/kind; json parse error: ${whyNoJson(cause, text)} (${text.slice(0, 100)})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
  }
}

function whyNoJson(cause: unknown, text: string): string {
  const { message } = cause instanceof Error ? cause : { message: "" };
  const isCut = message.startsWith("Unexpected end") || message.includes(`at position ${text.length} `);
  return isCut ? "unexpected end of JSON input" : "invalid character looking for beginning of value";
}

function managerOf({ query, user }: ApiRequest): string {
  return query.get("fieldManager") ?? user.name;
}
