import { parseDocument } from "yaml";

/** YAML 1.2 in which every doubt is an error: a warning, a duplicate key, a second document. `file` is for the sentence. */
export function readYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { version: "1.2", strict: true, uniqueKeys: true, prettyErrors: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    throw new Error(
      `${file}${line === undefined ? "" : `, line ${line}`}: ${firstLine(problem.message)}. Nothing in this file is used until it is repaired.`,
    );
  }
  if (document.directives?.yaml.explicit === true)
    throw new Error(`${file}: a %YAML directive would change how the words of this file are read. Remove it.`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return value;
}

type Keys = {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** What a person writes where nothing is written yet. */
  readonly ifEmpty?: string;
};

/** The fields of a map with exactly these keys. */
export function fieldsOf(
  value: unknown,
  where: string,
  { required, optional = [], ifEmpty }: Keys,
): ReadonlyMap<string, unknown> {
  const known = [...required, ...optional];
  if (value === null)
    throw new Error(
      `${where} must be a map of keys to values, and is empty. ${ifEmpty ?? `Write its keys: ${known.join(", ")}.`}`,
    );
  const fields = mapOf(value, where);
  for (const key of fields.keys())
    if (!known.includes(key))
      throw new Error(`${where}: the key "${key}" is unknown. Known here: ${known.join(", ")}.`);
  for (const key of required)
    if (!fields.has(key))
      throw new Error(`${where}: the key "${key}" is missing. Add it; nothing is assumed in its place.`);
  return fields;
}

export function mapOf(value: unknown, where: string): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(
      `${where} must be a map of keys to values, and is ${shown(value)}. Write each key with a colon and its value.`,
    );
  return new Map(Object.entries(value));
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} must be a list, and is ${shown(value)}.`);
  return value;
}

export function filledListOf(value: unknown, where: string): readonly unknown[] {
  const list = listOf(value, where);
  if (list.length === 0) throw new Error(`${where} is an empty list. Give at least one entry, or leave the key out.`);
  return list;
}

export function textOf(value: unknown, where: string): string {
  if (typeof value !== "string") throw new Error(`${where} must be a text, and is ${shown(value)}. Put it in quotes.`);
  if (value === "") throw new Error(`${where} is an empty text.`);
  return value;
}

export function booleanOf(value: unknown, where: string): boolean {
  if (typeof value !== "boolean") throw new Error(`${where} must be true or false, and is ${shown(value)}.`);
  return value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
}
