import { resolve } from "node:path";
import type { Process, Setting } from "./setting.ts";
import { SETTINGS, type SettingName } from "./settings-table.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Table = typeof SETTINGS;
type Kinds = { text: string; int: number; port: number; url: string; path: string; flag: boolean; choice: string };
type ValueOf<S extends Setting> = S extends { readonly choices: readonly (infer C)[] } ? C : Kinds[S["kind"]];
type Given<S extends Setting> = S extends { readonly default: string } ? ValueOf<S> : ValueOf<S> | undefined;

/** The settings that one process reads, under their own names. What has no default may be undefined. */
export type Settings<P extends Process> = {
  readonly [N in SettingName as P extends Table[N]["readBy"][number] ? N : never]: Given<Table[N]>;
};

const TABLE: Readonly<Record<string, Setting>> = SETTINGS;
const PREFIX = "HOLDFAST_";
/** So many letters may be wrong, and of a short name fewer: every three letters excuse one. */
const NEAR = 2;
const LETTERS_PER_ERROR = 3;

/**
 * What this process may know of the environment, each value parsed, in a frozen record.
 * @throws with one sentence when a name is unknown, or a value malformed or missing. A secret is never quoted.
 */
export function readSettings<P extends Process>(process: P, env: Environment): Settings<P> {
  for (const name of Object.keys(env)) requireKnown(name);
  const entries = namesOf(process).map((name) => [name, valueOf(name, env)] as const);
  return Object.freeze(Object.fromEntries(entries)) as Settings<P>;
}

/** The environment in which this process reads what the given one says, and nothing that is another's. */
export function environmentOf(process: Process, env: Environment): Readonly<Record<string, string>> {
  const texts = namesOf(process).map((name) => [name, textOf(name, env)] as const);
  return Object.fromEntries(texts.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** What every process gets of the environment beside its own settings: nothing here is a credential. */
const PASSED = [
  "PATH",
  "HOME",
  "TZ",
  "LANG",
  "NODE_COMPILE_CACHE",
  "NODE_EXTRA_CA_CERTS",
  "SystemRoot",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
];

/** What one process, started by another of ours, finds in its environment. */
export function childEnvironment(process: Process, env: Environment): Readonly<Record<string, string>> {
  const passed = PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(passed), ...environmentOf(process, env) };
}

function namesOf(process: Process): readonly string[] {
  return Object.keys(TABLE).filter((name) => TABLE[name]?.readBy.includes(process));
}

function requireKnown(name: string): void {
  if (!name.startsWith(PREFIX) || Object.hasOwn(TABLE, name)) return;
  const [near] = Object.keys(TABLE)
    .map((known) => ({ known, distance: editsBetween(name, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  const hint =
    near !== undefined && near.distance <= Math.min(NEAR, (name.length - PREFIX.length) / LETTERS_PER_ERROR)
      ? `Did you mean ${near.known}?`
      : "Remove it; .env.example lists every setting.";
  throw new Error(`The setting ${name} does not exist. ${hint}`);
}

/** As text, with defaults filled in; a path is absolute, so that it means the same in every process. */
function textOf(name: string, env: Environment): string | undefined {
  const setting = TABLE[name];
  if (setting === undefined) throw new Error(`no setting is called ${name}`);
  const given = env[name];
  const text = given === undefined || given === "" ? defaultOf(setting, env) : given;
  return text === undefined || setting.kind !== "path" ? text : resolve(text);
}

function defaultOf(setting: Setting, env: Environment): string | undefined {
  // A default of the sandbox asks which cluster it is; that setting itself has none, so this ends.
  const onSandbox = setting.onSandbox !== undefined && textOf("HOLDFAST_CLUSTER", env) === "sandbox";
  const text = onSandbox ? setting.onSandbox : setting.default;
  return text?.replace(/\$([A-Z_]+)/g, (_, name: string) => textOf(name, env) ?? "");
}

function valueOf(name: string, env: Environment): string | number | boolean | undefined {
  const setting = TABLE[name];
  const text = textOf(name, env);
  if (setting === undefined) return undefined;
  if (text === undefined) return requireAbsence(name, setting, env);
  const parsed = parse(setting, text);
  if (parsed !== undefined) return parsed;
  const is = setting.secret === true ? "something else" : JSON.stringify(text);
  throw new Error(`${name} must be ${shapeOf(setting)}, and is ${is}. ${setting.says}`);
}

function requireAbsence(name: string, { requiredWith, says }: Setting, env: Environment): undefined {
  const conditions = Object.entries(requiredWith ?? {});
  if (conditions.length === 0 || conditions.some(([other, value]) => textOf(other, env) !== value)) return undefined;
  const because = conditions.map(([other, value]) => `${other} is ${value}`).join(" and ");
  throw new Error(`${name} is missing, and is needed because ${because}. ${says}`);
}

function parse(setting: Setting, text: string): string | number | boolean | undefined {
  switch (setting.kind) {
    case "text":
      return setting.pattern === undefined || setting.pattern.test(text) ? text : undefined;
    case "path":
      return text;
    case "choice":
      return setting.choices?.includes(text) === true ? text : undefined;
    case "flag":
      return { "1": true, "0": false, true: true, false: false }[text];
    case "int":
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    case "port":
      return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
    case "url":
      return isHttp(text) ? text.replace(/\/+$/, "") : undefined;
  }
}

function shapeOf(setting: Setting): string {
  switch (setting.kind) {
    case "text":
      return setting.shape ?? "a text";
    case "path":
      return "a path";
    case "choice":
      return `one of ${setting.choices?.join(", ")}`;
    case "flag":
      return "1 or 0";
    case "int":
      return "a whole number";
    case "port":
      return "a port, from 0 (any free one) to 65535";
    case "url":
      return "an address that begins with http:// or https://";
  }
}

function isHttp(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:");
}

/** Levenshtein's distance, one row at a time. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [above, letter] of a.split("").entries()) {
    const next = [above + 1];
    for (const [column, other] of b.split("").entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
