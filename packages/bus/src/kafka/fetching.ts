import type { Cluster } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Nexts } from "../nexts.ts";
import type { Next, Note, Raw } from "../port.ts";
import { isSamePartition } from "../topic-partition.ts";
import type { Names } from "./names.ts";
import type { Offsets } from "./offsets.ts";
import { rawOf, type Fetched } from "./records.ts";

/** The broker answers at once when there is a record, and else after this long: how long a close may have to wait. */
const WAIT_MS = 500;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const PARTITION_BYTES_MAX = 1024 * 1024;

/** The partitions that one broker leads. */
export type Share = { readonly nodeId: string; readonly partitions: ReadonlyMap<Topic, readonly number[]> };

type Answer = {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly Fetched[] }[];
  }[];
};

/** Records that were read once are not there any more, so the topic is another one. */
export class MissingRecords extends Error {}

export function sharesOf(cluster: Cluster, names: Names, topics: readonly Topic[]): readonly Share[] {
  const shares = new Map<string, Map<Topic, readonly number[]>>();
  for (const topic of topics) {
    const name = names.ofTopic(topic);
    const all = cluster.findTopicPartitionMetadata(name).map(({ partitionId }) => partitionId);
    for (const [nodeId, partitions] of Object.entries(cluster.findLeaderForPartitions(name, all))) {
      const share = shares.get(nodeId) ?? new Map<Topic, readonly number[]>();
      shares.set(nodeId, share.set(topic, partitions));
    }
  }
  return [...shares].map(([nodeId, partitions]) => ({ nodeId, partitions }));
}

/** The next records of a share. */
export async function fetchNext(cluster: Cluster, names: Names, share: Share, nexts: Nexts): Promise<readonly Raw[]> {
  const broker = await cluster.findBroker({ nodeId: share.nodeId });
  const answer: Answer = await broker.fetch({
    isolationLevel: 0,
    maxWaitTime: WAIT_MS,
    minBytes: 1,
    maxBytes: ANSWER_BYTES_MAX,
    topics: [...share.partitions].map(([topic, partitions]) => ({
      topic: names.ofTopic(topic),
      partitions: partitions.map((partition) => ({
        partition,
        fetchOffset: String(nexts.at(topic, partition)),
        maxBytes: PARTITION_BYTES_MAX,
      })),
    })),
  });
  return answer.responses.flatMap(({ topicName, partitions }) => {
    const topic = names.topicOf(topicName);
    return partitions.flatMap(
      ({ partition, messages }) =>
        messages
          .map((message) => rawOf(topic, partition, message))
          .filter(({ offset }) => offset >= nexts.at(topic, partition)), // a batch is given whole
    );
  });
}

/** Where to begin: at the positions given, and else at the oldest record. */
export async function beginnings(
  offsets: Offsets,
  topics: readonly Topic[],
  from: readonly Next[],
  note: Note,
): Promise<readonly Next[]> {
  const [firsts, ends] = await Promise.all([offsets.firsts(topics), offsets.ends(topics)]);
  const at = (partition: Next, among: readonly Next[]): number | undefined =>
    among.find((next) => isSamePartition(next, partition))?.offset;
  return firsts.map((first) => {
    const [wanted, end] = [at(first, from), at(first, ends) ?? first.offset];
    if (wanted !== undefined && wanted > end) throw missing(first, wanted, end);
    if (wanted === undefined || wanted === first.offset) return first;
    if (wanted < first.offset) note("warn", { ...first, from: wanted, until: first.offset }, EXPIRED_SENTENCE);
    return { ...first, offset: Math.max(wanted, first.offset) };
  });
}

/** Offsets are dense, so this is a loss. It is told aloud; whoever keeps account of every offset sees it by the numbers. */
export function noteGap(note: Note, { topic, partition, offset }: Next, wanted: number): void {
  note("error", { topic, partition, from: wanted, until: offset }, GAP_SENTENCE);
}

function missing({ topic, partition }: Next, wanted: number, end: number): Error {
  return new MissingRecords(
    `Records of ${topic}/${partition} are missing: the next to read is ${wanted} and the topic ends at ${end}. The topic was made anew or lost records: bring its brokers' data back, or begin with a new data folder.`,
  );
}

const EXPIRED_SENTENCE =
  "Records that were asked for do not stand on their topic any more: they were kept for too short a time, or were read before. The oldest that is there comes next.";
const GAP_SENTENCE = "Records are missing in the middle of a topic: Kafka lost them. What comes after them is read.";
