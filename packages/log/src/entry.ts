import { decodeEntry, type AuditEntry } from "@holdfast/schemas";
import { sha256 } from "./merkle.ts";

/** The only header of an entry whose key and headers were too large: its value is the SHA-256 of the whole entry, which is kept among the values. */
export const WHOLE_HEADER = "holdfast-audit-whole";

export function wholeOf(entry: AuditEntry): Buffer | undefined {
  return entry.headers.find(({ name }) => name === WHOLE_HEADER)?.value;
}

export function commitTo(value: Uint8Array | null): Buffer | null {
  return value === null ? null : sha256(value);
}

export function nextOffset(entry: AuditEntry): number {
  return entry.gapUntil ?? entry.offset + 1;
}

/** undefined for what no version of the schema explains, and for a kind that this version does not know. */
export function readEntry(bytes: Buffer): AuditEntry | undefined {
  try {
    const entry = decodeEntry(bytes);
    return entry.kind === "UNKNOWN" ? undefined : entry;
  } catch {
    return undefined;
  }
}
