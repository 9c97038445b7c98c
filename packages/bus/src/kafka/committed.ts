import type { Admin } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Next, Note } from "../port.ts";
import { backOffMs, pause } from "../waiting.ts";
import { MissingRecords } from "./fetching.ts";
import type { Names } from "./names.ts";
import type { Offsets } from "./offsets.ts";
import { wholeNumber } from "./records.ts";
import { whyOf } from "./refusals.ts";
import { ANSWER_MS_MAX, isAnswered, NoAnswer, within } from "./within.ts";
import { isSamePartition, nameOf, type TopicPartition } from "../topic-partition.ts";

export type CommittedParts = {
  readonly admin: Admin;
  readonly names: Names;
  readonly offsets: Offsets;
  readonly note: Note;
};

/**
 * The positions of a group: what it committed, and the oldest record where it never did. Asked until there is an answer or
 * nobody wants one any more.
 * @returns undefined in the end, where nobody wants one.
 * @throws when a position lies beyond the end of its topic, or the question alone is lost: only a new process surely asks anew.
 */
export async function committedPositions(
  parts: CommittedParts,
  group: string,
  wanted: readonly TopicPartition[],
  closing: AbortSignal,
  isWanted: () => boolean,
): Promise<readonly Next[] | undefined> {
  for (let failures = 1; isWanted() && !closing.aborted; failures++) {
    try {
      return await within(ANSWER_MS_MAX, ask(parts, group, wanted));
    } catch (cause) {
      if (cause instanceof MissingRecords || (await isLost(cause, parts.offsets, wanted))) throw cause;
      const againInMs = backOffMs(Math.min(failures, 5), Math.random);
      parts.note("warn", { group, againInMs, why: whyOf(cause) }, UNKNOWN_SENTENCE);
      await pause(againInMs, closing);
    }
  }
  return undefined;
}

async function isLost(cause: unknown, { ends }: Offsets, wanted: readonly TopicPartition[]): Promise<boolean> {
  return cause instanceof NoAnswer && (await isAnswered(() => ends(topicsOf(wanted))));
}

function topicsOf(partitions: readonly TopicPartition[]): readonly Topic[] {
  return [...new Set(partitions.map(({ topic }) => topic))];
}

async function ask(
  { admin, names, offsets }: CommittedParts,
  group: string,
  wanted: readonly TopicPartition[],
): Promise<readonly Next[]> {
  const topics = topicsOf(wanted);
  const [firsts, ends, answers] = await Promise.all([
    offsets.firsts(topics),
    offsets.ends(topics),
    admin.fetchOffsets({ groupId: names.ofGroup(group), topics: topics.map(names.ofTopic) }),
  ]);
  const committed = new Map(
    answers.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [
        nameOf({ topic: names.topicOf(topic), partition }),
        wholeNumber(offset),
      ]),
    ),
  );
  const at = (partition: TopicPartition, among: readonly Next[]): number =>
    among.find((next) => isSamePartition(next, partition))?.offset ?? 0;
  return wanted.map((partition) => {
    const offset = committed.get(nameOf(partition)) ?? -1;
    const end = at(partition, ends);
    if (offset > end)
      throw new MissingRecords(
        `The group ${group} has read ${nameOf(partition)} up to ${offset}, and the topic ends at ${end}: it was made anew or lost records. Bring its brokers' data back, or give the group new positions.`,
      );
    return { ...partition, offset: Math.max(offset, at(partition, firsts)) };
  });
}

const UNKNOWN_SENTENCE =
  "The positions of a group could not be read from Kafka. They are asked for again; until then nothing of it is done.";
