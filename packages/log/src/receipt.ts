import type { AuditEntry } from "@holdfast/schemas";
import { fromBase64 } from "./base64.ts";
import { commitTo, readEntry } from "./entry.ts";
import { refused, type Refused, type Verifier } from "./note.ts";
import { checkProof } from "./proof.ts";

/** The log's signed statement that one record is in it. As JSON it is what the audit door answers. */
export type Receipt = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Lowercase hex SHA-256 of the record's value; null where it had none. */
  readonly valueHash: string | null;
  readonly index: number;
  readonly size: number;
  /** Base64 of the entry's bytes. */
  readonly entry: string;
  /** A tlog-proof. */
  readonly proof: string;
};

/** The record as the holder of the receipt knows it. */
export type Held = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: Uint8Array | null;
};
export type Receipted = { readonly outcome: "receipted"; readonly index: number; readonly size: number };

/** Believes nothing that the answer says beside the proof: only the entry's own bytes, the pinned key and the record in hand. */
export function checkReceipt(receipt: unknown, held: Held, verifier: Verifier): Receipted | Refused {
  const { entry, proof } = fields(receipt);
  const bytes = typeof entry === "string" ? fromBase64(entry) : undefined;
  if (bytes === undefined || typeof proof !== "string") return refused("the receipt is malformed");
  const proven = checkProof(proof, bytes, verifier);
  if (proven.outcome === "refused") return proven;
  const difference = differs(readEntry(bytes), held);
  return difference === undefined
    ? { outcome: "receipted", index: proven.index, size: proven.size }
    : refused(difference);
}

function differs(entry: AuditEntry | undefined, held: Held): string | undefined {
  if (entry === undefined) return "the entry in the receipt cannot be decoded";
  if (entry.kind !== "record") return "the entry in the receipt records a gap";
  if (entry.topic !== held.topic || entry.partition !== held.partition || entry.offset !== held.offset) {
    return `the receipt is for ${entry.topic}/${entry.partition}/${entry.offset}, not for ${held.topic}/${held.partition}/${held.offset}`;
  }
  const commit = commitTo(held.value);
  const same = commit === null ? entry.valueCommit === null : entry.valueCommit?.equals(commit) === true;
  return same ? undefined : "the log recorded another value than the one in hand";
}

function fields(receipt: unknown): { readonly entry?: unknown; readonly proof?: unknown } {
  return typeof receipt === "object" && receipt !== null ? receipt : {};
}
