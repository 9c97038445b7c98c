import { readFileSync } from "node:fs";
import { isObject } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { Resource } from "../resources.ts";

type Types = Record<string, Record<string, string>>;

/** The fields of every kind, written by `fields.test.ts` from the models of the real client. */
const TYPES = JSON.parse(readFileSync(new URL("../fields.json", import.meta.url), "utf8")) as Types;

export type Findings = { readonly unknown: string[]; readonly mistyped: string[] };

export function modelOf(resource: Resource, subresource: string | undefined): string {
  if (subresource === "scale") return "V1Scale";
  if (resource.kind === "Event") return "CoreV1Event";
  return `${resource.version === "v2" ? "V2" : "V1"}${resource.kind}`;
}

export function checkFields(model: string, value: unknown): Findings {
  const findings: Findings = { unknown: [], mistyped: [] };
  check(`${model}`, value, "", findings);
  return findings;
}

/** Takes the unknown fields out, as the server does where nobody asked to be strict. */
export function dropField(value: JsonObject, path: string): void {
  const steps = path.split(/\.|\[|\]\.?/).filter((step) => step !== "");
  const last = steps.pop() ?? "";
  let holder: unknown = value;
  for (const step of steps)
    holder = Array.isArray(holder) ? holder[Number(step)] : isObject(holder) ? holder[step] : undefined;
  if (isObject(holder)) delete holder[last];
}

function check(type: string, value: unknown, path: string, findings: Findings): void {
  if (value === null || value === undefined) return;
  const wrong = (wanted: string): void => {
    const given = Array.isArray(value) ? "array" : typeof value;
    findings.mistyped.push(`${given} into Go struct field ${path} of type ${wanted}`);
  };
  const [, item] = /^Array<(.+)>$/.exec(type) ?? [];
  if (item !== undefined) {
    if (!Array.isArray(value)) return wrong("array");
    for (const [at, one] of value.entries()) check(item, one, `${path}[${at}]`, findings);
    return;
  }
  const fields = TYPES[type];
  if (fields !== undefined && Object.keys(fields).length > 0) {
    if (!isObject(value)) return wrong("object");
    for (const [name, inner] of Object.entries(value)) {
      const at = path === "" ? name : `${path}.${name}`;
      const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (known === undefined) findings.unknown.push(at);
      else check(known, inner, at, findings);
    }
    return;
  }
  if (["string", "number", "boolean"].includes(type) && typeof value !== type) wrong(type);
  if (
    type.startsWith("{ [key: string]: string") &&
    !(isObject(value) && Object.values(value).every((v) => typeof v === "string"))
  ) {
    wrong("map of strings");
  }
}
