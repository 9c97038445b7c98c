import { visibleLine } from "@holdfast/schemas";

/** JSON from a door. What it holds is asked for, never assumed. */
export type Fields = Readonly<Record<string, unknown>>;

/** A text or number of a door in one line, made visible; `otherwise` for anything else. */
export function word(value: unknown, otherwise = ""): string {
  return typeof value === "string" || typeof value === "number" ? visibleLine(String(value)) : otherwise;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
