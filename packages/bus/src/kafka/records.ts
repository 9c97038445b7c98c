import type { IHeaders, KafkaMessage, Message } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Record } from "../log.ts";
import type { Raw } from "../port.ts";

/** A record as kafkajs sends it. Two headers of one name become a list under it. */
export function messageOf({ key, value, headers }: Record, partition: number): Message {
  const named = new Map<string, Buffer[]>();
  for (const { name, value: bytes } of headers) named.set(name, [...(named.get(name) ?? []), bytes]);
  return { key, value, partition, headers: Object.fromEntries(named) };
}

/** What a fetch gives of one record. */
export type Fetched = Pick<KafkaMessage, "key" | "value" | "timestamp" | "offset" | "headers">;

export function rawOf(topic: Topic, partition: number, { key, value, timestamp, offset, headers }: Fetched): Raw {
  return {
    topic,
    partition,
    offset: wholeNumber(offset),
    time: wholeNumber(timestamp),
    key: key?.toString() ?? "",
    value,
    headers: headersOf(headers ?? {}),
  };
}

/** A header that is called like a member of every object (`constructor`) comes with that member before its bytes. */
function headersOf(headers: IHeaders): Raw["headers"] {
  return Object.entries(headers).flatMap(([name, found]) =>
    (Array.isArray(found) ? found : [found])
      .filter((bytes) => Buffer.isBuffer(bytes))
      .map((bytes) => ({ name, value: bytes })),
  );
}

/** Offsets and times arrive as text. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`Kafka gave ${text} where a whole number belongs`);
  return number;
}
