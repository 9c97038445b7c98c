import { createHash } from "node:crypto";
import type { Codec, Header, Reading, Topic } from "@holdfast/schemas";

/** Together they bound the memory: what nobody reads for the second time stays until as many others came. */
const KEPT_MAX = 512;
const BYTES_MAX = 32 * 1024;

export type Readings = {
  /** A codec for who folds these topics, and one for who works on them. */
  readonly viewed: (topics: readonly Topic[]) => Codec;
  readonly worked: (topics: readonly Topic[]) => Codec;
};

/**
 * Verifying and decoding cost most of what a record costs, and a service that folds a topic and works on it reads each record
 * twice. The first reading is kept for the second: it is a function of the topic and the bytes, and goes by the digest of all.
 */
export function openReadings(codec: Codec): Readings {
  const [viewed, worked] = [new Set<Topic>(), new Set<Topic>()];
  const kept = new Map<string, Reading<Topic>>();
  const read = <T extends Topic>(topic: T, value: Buffer | null, headers: readonly Header[]): Reading<T> => {
    const isShared = viewed.has(topic) && worked.has(topic);
    if (value === null || !isShared || value.length > BYTES_MAX) return codec.read(topic, value, headers);
    const name = nameOf(topic, value, headers);
    const first = kept.get(name);
    if (kept.delete(name)) return first as Reading<T>; // of this topic: the name says so
    const reading = codec.read(topic, value, headers);
    kept.set(name, reading);
    for (const [oldest] of kept) {
      if (kept.size <= KEPT_MAX) break;
      kept.delete(oldest);
    }
    return reading;
  };
  const noting =
    (noted: Set<Topic>) =>
    (topics: readonly Topic[]): Codec => {
      for (const topic of topics) noted.add(topic);
      return { ...codec, read };
    };
  return { viewed: noting(viewed), worked: noting(worked) };
}

function nameOf(topic: Topic, value: Buffer, headers: readonly Header[]): string {
  const around = JSON.stringify([topic, headers.map((header) => [header.name, header.value.toString("base64")])]);
  return createHash("sha256").update(around).update(value).digest("base64");
}
