import { isDeepStrictEqual } from "node:util";
import type { Plan, SealedRequest } from "@holdfast/schemas";
import { difference, type Difference } from "./difference.ts";
import { isRecord, sameJson } from "./same-json.ts";

/** The object that a request is bound to, and what it changes there. */
type Told = { readonly uid: unknown; readonly shown: Difference | undefined };

/**
 * Whether people saw what would be sent: before and after follow once more from the bytes of the request alone.
 * @returns why not; undefined where they did.
 */
export function misshown({ request, target, before, after }: Plan): string | undefined {
  const told = toldBy(request, target);
  if (typeof told === "string") return `nobody can tell from its request what it changes: ${told}`;
  if (told.uid !== target.uid) return "its request is not bound to the object that people saw";
  const seen = { before: parsed(before), after: parsed(after) };
  const isSame = sameJson(told.shown?.before, seen.before) && sameJson(told.shown?.after, seen.after);
  return isSame && told.shown !== undefined ? undefined : "what people saw is not what would be sent";
}

function toldBy({ verb, contentType, body }: SealedRequest, { name, namespace }: Plan["target"]): Told | string {
  const sealed = parsed(body);
  // Of a member that stands there twice another reader might take the other one.
  if (sealed === undefined || !Buffer.from(JSON.stringify(sealed)).equals(body))
    return "its body says something twice, or in another spelling";
  if (verb === "PATCH" && contentType === "application/json-patch+json") return patched(sealed);
  if (contentType !== "application/json") return `its content type is ${contentType}`;
  const uid = verb === "DELETE" ? preconditionOf(sealed) : preconditionOf(isRecord(sealed) && sealed["deleteOptions"]);
  const preconditions = { preconditions: { uid } };
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  const plain = verb === "DELETE" ? preconditions : { ...eviction, deleteOptions: preconditions };
  if ((verb !== "DELETE" && verb !== "POST") || !isDeepStrictEqual(sealed, plain))
    return `its body is not that of a plain ${verb === "DELETE" ? "deletion" : "eviction"}`;
  return { uid, shown: { before: { metadata: { uid } }, after: { metadata: { uid: null } } } };
}

function preconditionOf(options: unknown): unknown {
  const preconditions = isRecord(options) ? options["preconditions"] : undefined;
  return isRecord(preconditions) ? preconditions["uid"] : undefined;
}

const UID = "/metadata/uid";

/** What a JSON patch tests is what was there; what it then writes, and only there, is what will be. */
function patched(sealed: unknown): Told | string {
  if (!Array.isArray(sealed)) return "its body is no JSON patch";
  const operations = sealed.filter(isOperation);
  if (operations.length < sealed.length) return "an operation of it is none of ours";
  const writes = operations.findIndex(({ op }) => op !== "test");
  const tests = operations.slice(0, writes);
  const changes = operations.slice(writes);
  if (writes < 0 || changes.some(({ op }) => op === "test")) return "it tests nothing and then writes";
  const isTested = ({ path }: Written): boolean => tests.some((test) => `${path}/`.startsWith(`${test.path}/`));
  if (!changes.every(isTested)) return "it writes what it did not test";
  const seen = tests.filter(({ path }) => path !== UID);
  const known = seen.reduce<unknown>((object, { path, value }) => placed(object, path, value), {});
  const before = changes.reduce((object, { path, value }) => {
    return at(object, path) === undefined ? placed(object, path, lacking(value)) : object;
  }, known);
  const after = changes.reduce((object, { path, value }) => placed(object, path, value), before);
  if (before === undefined || after === undefined) return "it writes into a list";
  return { uid: tests.find(({ path }) => path === UID)?.value, shown: difference(before, after) };
}

type Written = { readonly op: string; readonly path: string; readonly value: unknown };

function isOperation(each: unknown): each is Written {
  if (!isRecord(each) || !isDeepStrictEqual(Object.keys(each), ["op", "path", "value"])) return false;
  const { op, path } = each;
  return (op === "test" || op === "add" || op === "replace") && typeof path === "string" && path.startsWith("/");
}

/** Each member that comes is one that was not there. */
function lacking(value: unknown): unknown {
  if (!isRecord(value) || Object.keys(value).length === 0) return null;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, lacking(member)]));
}

function stepsOf(path: string): readonly string[] {
  return path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function at(object: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>(
    (inner, step) => (isRecord(inner) && Object.hasOwn(inner, step) ? inner[step] : undefined),
    object,
  );
}

/** @returns undefined where the path leads through a list. */
function placed(object: unknown, path: string, value: unknown): unknown {
  return put(object, stepsOf(path), value);
}

function put(object: unknown, [step = "", ...rest]: readonly string[], value: unknown): unknown {
  const holder = object ?? {};
  if (!isRecord(holder)) return undefined;
  if (rest.length === 0) return { ...holder, [step]: value };
  const inner = put(Object.hasOwn(holder, step) ? holder[step] : {}, rest, value);
  return inner === undefined ? undefined : { ...holder, [step]: inner };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
