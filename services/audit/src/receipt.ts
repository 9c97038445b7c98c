import { formatProof, inclusionPath, readEntry, type Receipt } from "@holdfast/log";
import type { Checkpointed } from "./publish.ts";
import type { Store } from "./store.ts";

export type Asked = { readonly topic: string; readonly partition: number; readonly offset: number };

/** undefined until a durable checkpoint covers the record. */
export function makeReceipt(
  { topic, partition, offset }: Asked,
  store: Store,
  checkpoint: Checkpointed,
): Receipt | undefined {
  const index = store.indexOf(topic, partition, offset);
  if (index === undefined || index >= checkpoint.size) return undefined;
  const [bytes] = store.entries(index, index + 1);
  const entry = bytes === undefined ? undefined : readEntry(bytes);
  if (bytes === undefined || entry?.kind !== "record") return undefined;
  const path = inclusionPath(index, checkpoint.size, store.nodeAt);
  return {
    topic,
    partition,
    offset,
    valueHash: entry.valueCommit?.toString("hex") ?? null,
    index,
    size: checkpoint.size,
    entry: bytes.toString("base64"),
    proof: formatProof({ index, path, checkpoint: checkpoint.bytes }),
  };
}
