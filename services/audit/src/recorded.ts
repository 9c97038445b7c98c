import { readEntry, wholeOf } from "@holdfast/log";
import { isTopic, type AuditEntry } from "@holdfast/schemas";
import type { Store } from "./store.ts";
import type { Recorded } from "./story.ts";

/** One entry read back; `record` is there unless it is a gap or of a topic that this version does not know. */
export type ReadBack = { readonly entry: AuditEntry; readonly record: Recorded | undefined; readonly bytes: number };

export function readBack(store: Store, index: number): ReadBack {
  const [bytes] = store.entries(index, index + 1);
  const stored = bytes === undefined ? undefined : readEntry(bytes);
  if (stored === undefined) throw new Error(`the store is damaged: entry ${index} cannot be read`);
  const hash = wholeOf(stored);
  const entry = hash === undefined ? stored : wholeEntry(store, hash, index);
  const value = entry.valueCommit === null ? null : requireValue(store, entry.valueCommit, index);
  const record =
    entry.kind === "record" && isTopic(entry.topic) ? { topic: entry.topic, value, headers: entry.headers } : undefined;
  return { entry, record, bytes: value?.length ?? 0 };
}

function wholeEntry(store: Store, hash: Buffer, index: number): AuditEntry {
  const entry = readEntry(requireValue(store, hash, index));
  if (entry === undefined) throw new Error(`the store is damaged: the whole of entry ${index} cannot be read`);
  return entry;
}

function requireValue(store: Store, hash: Buffer, index: number): Buffer {
  const value = store.value(hash);
  if (value === undefined) throw new Error(`the store is damaged: a value of entry ${index} is not there`);
  return value;
}
