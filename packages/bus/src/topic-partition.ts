import type { Next } from "./port.ts";

export type TopicPartition = Pick<Next, "topic" | "partition">;

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

export function isSamePartition(one: TopicPartition, other: TopicPartition): boolean {
  return one.topic === other.topic && one.partition === other.partition;
}
