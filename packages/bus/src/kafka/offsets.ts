import type { Kafka } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Next } from "../port.ts";
import { backOffMs, pause } from "../waiting.ts";
import { connectTo, openConnections, type Connections } from "./cluster.ts";
import type { Names } from "./names.ts";
import { wholeNumber } from "./records.ts";
import { isRefused, whyOf } from "./refusals.ts";
import { ANSWER_MS_MAX, NoAnswer, within } from "./within.ts";

/** How long an unanswered question is asked again. */
const ASK_MS_MAX = 15_000;

/** Where topics begin and end, asked of who leads their partitions. */
export type Offsets = {
  /** The oldest record that still stands, per partition. */
  readonly firsts: (topics: readonly Topic[]) => Promise<readonly Next[]>;
  /** The offset that the next record will have. */
  readonly ends: (topics: readonly Topic[]) => Promise<readonly Next[]>;
  readonly close: () => Promise<void>;
};

export function openOffsets(client: Kafka, names: Names, partitions: number): Offsets {
  const connections = openConnections(client);
  const closing = new AbortController();
  const ask = async (topics: readonly Topic[], fromBeginning: boolean): Promise<readonly Next[]> => {
    const cluster = connections.now();
    await connectTo(cluster, topics.map(names.ofTopic));
    const every = Array.from({ length: partitions }, (_, partition) => ({ partition }));
    const answers = await cluster.fetchTopicsOffset(
      topics.map((topic) => ({ topic: names.ofTopic(topic), partitions: every, fromBeginning })),
    );
    const found = answers.flatMap(({ topic, partitions: given }) =>
      given.map(({ partition, offset }) => ({ topic: names.topicOf(topic), partition, offset: wholeNumber(offset) })),
    );
    if (found.length === topics.length * partitions) return found;
    throw new Error(
      `Kafka knows ${found.length} partitions of ${topics.join(", ")} where ${topics.length * partitions} are wanted`,
    );
  };
  const insist = (topics: readonly Topic[], fromBeginning: boolean): Promise<readonly Next[]> =>
    insistently(connections, closing.signal, () => ask(topics, fromBeginning));
  return {
    firsts: (topics) => insist(topics, true),
    ends: (topics) => insist(topics, false),
    close: async () => {
      closing.abort();
      await connections.close();
    },
  };
}

/** Asks again, with fresh knowledge of the brokers, until there is an answer, a refusal, or no patience left. */
async function insistently<R>(connections: Connections, closing: AbortSignal, ask: () => Promise<R>): Promise<R> {
  const end = Date.now() + ASK_MS_MAX;
  for (let failures = 1; ; failures++) {
    try {
      return await within(ANSWER_MS_MAX, ask());
    } catch (cause) {
      if (isRefused(cause) || closing.aborted || Date.now() > end) {
        if (cause instanceof NoAnswer) await connections.mend(cause); // for who asks next
        throw new Error(`Kafka did not say where the topics begin and end: ${whyOf(cause)}`, { cause });
      }
      await pause(backOffMs(Math.min(failures, 5), Math.random), closing);
      await connections.mend(cause);
    }
  }
}
