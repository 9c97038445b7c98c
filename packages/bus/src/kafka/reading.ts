import type { Cluster } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Nexts } from "../nexts.ts";
import type { Raw } from "../port.ts";
import { connectTo, type Connections } from "./cluster.ts";
import { fetchNext, sharesOf, type Share } from "./fetching.ts";
import type { Names } from "./names.ts";
import { ANSWER_MS_MAX, NoAnswer, within } from "./within.ts";

export type Reading = {
  readonly connections: Connections;
  readonly names: Names;
  readonly topics: readonly Topic[];
  readonly nexts: Nexts;
  readonly stopping: AbortSignal;
  /** Moves `nexts` past the batch. */
  readonly handOver: (batch: readonly Raw[]) => Promise<void>;
};

/** Reads from every broker that leads something of these topics, until one of them fails or leads no more. */
export async function readAll(reading: Reading): Promise<void> {
  const { connections, names, topics } = reading;
  const cluster = connections.now();
  await within(ANSWER_MS_MAX, connectTo(cluster, topics.map(names.ofTopic)));
  const over = new AbortController();
  const ends = await Promise.allSettled(
    sharesOf(cluster, names, topics).map((share) => readShare(cluster, reading, share, over)),
  );
  const failed = ends.filter((end) => end.status === "rejected").map(({ reason }): unknown => reason);
  if (failed.length > 0) throw failed.find((cause) => cause instanceof NoAnswer) ?? failed[0];
}

async function readShare(
  cluster: Cluster,
  { names, nexts, stopping, handOver }: Reading,
  share: Share,
  over: AbortController,
): Promise<void> {
  try {
    while (!stopping.aborted && !over.signal.aborted)
      await handOver(await within(ANSWER_MS_MAX, fetchNext(cluster, names, share, nexts)));
  } finally {
    over.abort();
  }
}
