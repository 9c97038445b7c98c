import type { Raw } from "@holdfast/bus";
import { ENTRY_BYTES_MAX, WHOLE_HEADER, commitTo, sha256 } from "@holdfast/log";
import { encodeEntry, type AuditEntry, type Header } from "@holdfast/schemas";

/** An entry as it is stored, and the values that it commits to. */
export type Leaf = { readonly entry: AuditEntry; readonly bytes: Buffer; readonly values: readonly Buffer[] };

const SINGLE_OBJECT = Buffer.of(0xc3, 0x01);
const FINGERPRINT_END = 10;

/**
 * Key and headers that do not fit go the way of the value: the whole entry is kept among the values, and the entry holds its
 * hash in the one header that no inline record can have, because a record that carries that name goes the same way.
 */
export function recordLeaf(record: Raw, recordedAt: number): Leaf {
  const entry = recordEntry(record, recordedAt);
  const bytes = encodeEntry(entry);
  const values = record.value === null ? [] : [record.value];
  if (bytes.length <= ENTRY_BYTES_MAX && !entry.headers.some(({ name }) => name === WHOLE_HEADER))
    return { entry, bytes, values };
  const short: AuditEntry = { ...entry, key: null, headers: [{ name: WHOLE_HEADER, value: sha256(bytes) }] };
  return { entry: short, bytes: encodeEntry(short), values: [...values, bytes] };
}

export function gapLeaf(present: Raw, missingFrom: number, recordedAt: number): Leaf {
  const entry: AuditEntry = {
    kind: "gap",
    topic: present.topic,
    partition: present.partition,
    offset: missingFrom,
    gapUntil: present.offset,
    timestamp: present.time,
    recordedAt,
    key: null,
    headers: [],
    valueLength: null,
    valueCommit: null,
    schemaFingerprint: null,
  };
  return { entry, bytes: encodeEntry(entry), values: [] };
}

/** Whether the record is the one that was recorded, whenever that was. */
export function isSameRecord(recorded: AuditEntry, record: Raw): boolean {
  return encodeEntry(recorded).equals(recordLeaf(record, recorded.recordedAt).bytes);
}

function recordEntry({ topic, partition, offset, time, key, value, headers }: Raw, recordedAt: number): AuditEntry {
  return {
    kind: "record",
    topic,
    partition,
    offset,
    gapUntil: null,
    timestamp: time,
    recordedAt,
    key: Buffer.from(key),
    headers: sorted(headers),
    valueLength: value === null ? null : value.length,
    valueCommit: commitTo(value),
    schemaFingerprint: fingerprintOf(value),
  };
}

/** By name, then in order of arrival: clients keep no order across names. */
function sorted(headers: readonly Header[]): readonly Header[] {
  return headers
    .map(({ name, value }) => ({ name: name.toWellFormed(), value }))
    .toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function fingerprintOf(value: Buffer | null): Buffer | null {
  if (value === null || value.length < FINGERPRINT_END || !value.subarray(0, 2).equals(SINGLE_OBJECT)) return null;
  return value.subarray(2, FINGERPRINT_END);
}
