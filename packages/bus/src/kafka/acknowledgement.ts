import type { RecordMetadata } from "kafkajs";
import type { Position } from "../port.ts";
import { wholeNumber } from "./records.ts";

/**
 * Where the records of one send stand. kafkajs resolves sends that it did not write, and leaves them out of the answer: only an
 * answer with exactly one entry, for the right partition, without an error, says that they are there.
 * @throws when the answer says anything else.
 */
export function positionsIn(
  answer: readonly RecordMetadata[],
  name: string,
  { topic, partition }: Pick<Position, "topic" | "partition">,
  count: number,
): readonly Position[] {
  const [entry] = answer;
  if (entry === undefined || answer.length !== 1)
    throw new Error(`Kafka's client answered a send to ${name}/${partition} with ${answer.length} entries and not one`);
  if (entry.topicName !== name || entry.partition !== partition || entry.errorCode !== 0)
    throw new Error(
      `Kafka's client answered a send to ${name}/${partition} for ${entry.topicName}/${entry.partition}, error ${entry.errorCode}`,
    );
  const [offset, time] = [wholeNumber(entry.baseOffset ?? ""), wholeNumber(entry.logAppendTime ?? "")];
  if (entry.baseOffset === "" || offset < 0)
    throw new Error(`Kafka acknowledged a send to ${name}/${partition} without its offset`);
  if (time < 0)
    throw new Error(
      `${name} takes its time from the publisher and not from the broker: set message.timestamp.type=LogAppendTime on it`,
    );
  return Array.from({ length: count }, (_, index) => ({ topic, partition, offset: offset + index, time }));
}
