import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** Writes schemas/src/generated.ts: one TypeScript type for each named Avro type of the newest version of every schema. */

type Named = {
  readonly type: "record" | "enum" | "fixed";
  readonly name: string;
  readonly doc?: string;
  readonly fields?: readonly Field[];
  readonly symbols?: readonly string[];
};
type Schema = string | readonly Schema[] | { readonly type: "array"; readonly items: Schema } | Named;
type Field = { readonly name: string; readonly type: Schema; readonly doc?: string };

const root = new URL("../schemas/", import.meta.url);
const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  bytes: "Buffer",
  boolean: "boolean",
  int: "number",
  long: "number",
  double: "number",
  null: "null",
};

function newest(subject: string): Schema {
  const versions = readdirSync(new URL(`${subject}/`, root)).filter((file) => /^v\d+\.avsc$/.test(file));
  const last = versions.toSorted((a, b) => Number(a.slice(1, -5)) - Number(b.slice(1, -5))).at(-1);
  return JSON.parse(readFileSync(new URL(`${subject}/${last}`, root), "utf8")) as Schema;
}

function typeText(schema: Schema, types: Map<string, string>): string {
  if (typeof schema === "string") return SCALARS[schema] ?? schema.replace(/^holdfast\./, "");
  if (Array.isArray(schema))
    return schema
      .map((member) => typeText(member, types))
      .toReversed()
      .join(" | ");
  const single = schema as Exclude<Schema, string | readonly Schema[]>;
  if (single.type === "array") {
    const item = typeText((single as { items: Schema }).items, types);
    return `readonly ${item.includes(" ") ? `(${item})` : item}[]`;
  }
  const named = single as Named;
  const text = declaration(named, types);
  const known = types.get(named.name);
  if (known !== undefined && known !== text)
    throw new Error(`two schemas say different things of ${named.name}: keep the copies equal`);
  types.set(named.name, text);
  return named.name;
}

function declaration(named: Named, types: Map<string, string>): string {
  const doc = named.doc === undefined ? "" : `/** ${named.doc} */\n`;
  if (named.type === "fixed") return `${doc}export type ${named.name} = Buffer;\n`;
  if (named.type === "enum")
    return `${doc}export type ${named.name} = ${(named.symbols ?? []).map((symbol) => JSON.stringify(symbol)).join(" | ")};\n`;
  const fields = (named.fields ?? []).map((field) => {
    const comment = field.doc === undefined ? "" : `  /** ${field.doc} */\n`;
    return `${comment}  readonly ${field.name}: ${typeText(field.type, types)};\n`;
  });
  return `${doc}export type ${named.name} = {\n${fields.join("")}};\n`;
}

/** The text of generated.ts as the schemas stand now. */
export function generateTypes(): string {
  const types = new Map<string, string>();
  const subjects = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !["src", "fixtures", "node_modules"].includes(entry.name),
  );
  for (const { name } of subjects.toSorted((a, b) => a.name.localeCompare(b.name))) typeText(newest(name), types);
  const header =
    "// Generated from the schemas beside this folder by `npm run schemas`: edit those, as a new version.\n\n";
  return (
    header +
    [...types.entries()]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([, text]) => text)
      .join("\n")
  );
}

if (import.meta.main) writeFileSync(new URL("src/generated.ts", root), generateTypes());
