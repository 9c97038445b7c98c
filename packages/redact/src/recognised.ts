import { hitsOf, privateKeys, RULES, secretData } from "./redact-rules.ts";

/**
 * Where a JSON value holds what looks like a secret: the paths of its fields, and never what they say. A redactor may mask
 * too much; whoever refuses something because of it may not, so what only names or points to a secret is none.
 */
export function secretsIn(json: unknown, path = ""): readonly string[] {
  if (typeof json === "string") return isSecret(json) ? [path] : [];
  if (Array.isArray(json)) return inList(json, path);
  if (typeof json !== "object" || json === null) return [];
  if ("name" in json && "value" in json && typeof json.name === "string" && typeof json.value === "string")
    return isNamedSecret(json.name, json.value) ? [`${path}.value`] : [];
  return Object.entries(json).flatMap(([name, member]) => secretsIn(member, path === "" ? name : `${path}.${name}`));
}

/** An option and its value may stand in two items. */
function inList(items: readonly unknown[], path: string): readonly string[] {
  const inside = items.flatMap((item, at) => secretsIn(item, `${path}[${nameOf(item) ?? at}]`));
  const isText = items.length > 1 && items.every((item) => typeof item === "string");
  return inside.length === 0 && isText && isSecret(items.join(" ")) ? [path] : inside;
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null || !("name" in item)) return undefined;
  return typeof item.name === "string" ? item.name : undefined;
}

const SECRET_NAME = /passw|passphrase|secret|token|credential|(?:api|private|access|signing|encryption)[_-]?key/iu;
/** Named after a secret, and says where it is or what it is like. */
const ABOUT =
  /[_.-](?:file|path|dir|name|url|uri|host|port|endpoint|header|issuer|audience|type|algorithm|ttl|seconds|minutes|length|enabled|ref)$/iu;

function isNamedSecret(name: string, value: string): boolean {
  if (isSecret(value)) return true;
  if (ABOUT.test(name) || isHarmless(value)) return false;
  return SECRET_NAME.test(name) || isSecret(`${name}=${value}`);
}

function isSecret(text: string): boolean {
  const hits = [...privateKeys(text), ...secretData(text), ...RULES.flatMap((rule) => hitsOf(rule, text))];
  return hits.some(({ start, end }) => !isHarmless(text.slice(start, end)));
}

const HARMLESS: readonly RegExp[] = [
  /^$/u,
  /^\d[\d.:,]{0,40}(?:ms|[smhdkg]i?)?$/iu,
  /^(?:true|false|yes|no|on|off|none|null|required|optional|enabled|disabled)$/iu,
  // what the kubelet or a shell puts in from elsewhere
  /^\$(?:\(\w{1,200}\)|\{\w{1,200}\}|\w{1,200})$/u,
  /^\.{0,2}(?:\/[\w@.-]{1,255}){2,40}$/u,
];

function isHarmless(value: string): boolean {
  return HARMLESS.some((pattern) => pattern.test(value));
}
