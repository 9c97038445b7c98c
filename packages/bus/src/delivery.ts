import { PARTITIONS, type Codec, type Reading, type Topic } from "@holdfast/schemas";
import { keyOf, partitionOf } from "./partition.ts";
import type { Delivery, Raw } from "./port.ts";

export type ReadDelivery<T extends Topic> =
  | { readonly outcome: "valid"; readonly delivery: Delivery<T> }
  | { readonly outcome: "undecodable" | "unverified"; readonly why: string };

/**
 * INVARIANT: a record is taken only under the key that its event names, and in the partition of that key. Neither is signed,
 * and on Kafka the writer chooses both: a genuine record elsewhere would be out of its incident's order.
 */
export function readDelivery<T extends Topic>(codec: Codec, topics: readonly T[], raw: Raw): ReadDelivery<T> {
  const topic = topics.find((name) => name === raw.topic);
  if (topic === undefined) throw new TypeError(`a record of ${raw.topic} was not asked for`);
  const reading = safely(codec, topic, raw);
  if (reading.outcome !== "valid") return reading;
  if (keyOf(topic, reading.event) !== raw.key)
    return { outcome: "unverified", why: "its key is not the one that the event names" };
  if (partitionOf(raw.key, PARTITIONS) !== raw.partition)
    return { outcome: "unverified", why: "it stands in another partition than the one of its key" };
  return { outcome: "valid", delivery: { ...raw, topic, event: reading.event } as unknown as Delivery<T> }; // the codec just read this event from this topic
}

/** Reading is a function of the bytes alone, so what throws once throws for ever: that is a record that cannot be read. */
function safely<T extends Topic>(codec: Codec, topic: T, raw: Raw): Reading<T> {
  try {
    return codec.read(topic, raw.value, raw.headers);
  } catch (cause) {
    return { outcome: "undecodable", why: `reading it threw ${cause instanceof Error ? cause.name : typeof cause}` };
  }
}
