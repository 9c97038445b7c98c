import type { Topic, Events } from "@holdfast/schemas";

/** Kafka's default partitioner, so that a key has the same partition on every adapter. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

/** The key that a record of this event must have: its incident, before there is one the alert's fingerprint. */
export function keyOf<T extends Topic>(topic: T, event: Events[T]): string {
  if ("incident" in event) return event.incident;
  if ("fingerprint" in event) return event.fingerprint;
  if ("firstFailedAt" in event) return event.key.toString();
  throw new TypeError(`an event of ${topic} names no key`);
}

/** MurmurHash2, 32 bits, with Kafka's seed. @returns a signed integer, as Java has it. */
export function murmur2(bytes: Uint8Array): number {
  const M = 0x5bd1e995;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.length >> 2;
  let hash = 0x9747b28c ^ bytes.length;
  for (let word = 0; word < words; word++) {
    let mixed = Math.imul(view.getInt32(word * 4, true), M);
    mixed = Math.imul(mixed ^ (mixed >>> 24), M);
    hash = Math.imul(hash, M) ^ mixed;
  }
  const rest = bytes.subarray(words * 4);
  if (rest.length > 0) {
    rest.forEach((byte, index) => (hash ^= byte << (8 * index)));
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
