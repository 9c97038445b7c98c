import type { Admin } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Names } from "./names.ts";
import type { Offsets } from "./offsets.ts";
import { isRefused, typeOf, whyOf } from "./refusals.ts";
import { NoAnswer, within } from "./within.ts";

/** Below what a readiness check waits, so that it hears the sentence. */
const LOOK_MS_MAX = 1800;
const KNOWN_MS = 60_000;
/** kafkajs's number for a topic among the resources that have settings. */
const TOPIC_RESOURCE = 2;

/** Resolves when what is written to these topics would be durable now. @throws with a sentence that says what is wrong. */
export function openHealth(
  admin: Admin,
  names: Names,
  topics: readonly Topic[],
  brokers: readonly string[],
  ends: Offsets["ends"],
): () => Promise<void> {
  const at = brokers.join(", ");
  let least: { readonly inSync: number; readonly knownAt: number } | undefined;

  const leastInSync = async (): Promise<number> => {
    if (least !== undefined && Date.now() - least.knownAt < KNOWN_MS) return least.inSync;
    const resources = topics.map((topic) => ({
      type: TOPIC_RESOURCE,
      name: names.ofTopic(topic),
      configNames: ["min.insync.replicas"],
    }));
    const described = await admin.describeConfigs({ resources, includeSynonyms: false });
    const values = described.resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configValue }) => Number(configValue)),
    );
    least = { inSync: Math.max(1, ...values), knownAt: Date.now() };
    return least.inSync;
  };
  /** For as long as a dead broker is not missed, the others name it as a leader: only itself can say that it is there. */
  let asking: Promise<unknown> | undefined;
  const leadersAnswer = async (): Promise<void> => {
    asking ??= ends(topics).finally(() => (asking = undefined));
    await asking;
  };
  const look = async (isKnown: () => void): Promise<void> => {
    if (topics.length === 0) return void (await admin.describeCluster());
    const metadata = await admin.fetchTopicMetadata({ topics: topics.map(names.ofTopic) });
    const inSync = await leastInSync();
    for (const { name, partitions } of metadata.topics) {
      const leaderless = partitions.find(({ leader }) => leader < 0);
      if (leaderless !== undefined)
        throw new Error(`${name}/${leaderless.partitionId} has no leader: too few brokers are running`);
      const thin = partitions.find(({ isr }) => isr.length < inSync);
      if (thin !== undefined)
        throw new Error(`${name}/${thin.partitionId} has ${thin.isr.length} replicas in sync and needs ${inSync}`);
    }
    isKnown();
    await leadersAnswer();
  };
  return async () => {
    let silent = "no broker";
    const looking = look(() => (silent = "a broker that leads partitions of what this service writes has not"));
    try {
      await within(LOOK_MS_MAX, looking);
    } catch (cause) {
      const late = cause instanceof NoAnswer ? `${silent} answered within ${LOOK_MS_MAX} ms` : undefined;
      const why = isRefused(cause) ? `this service lacks a right there (${typeOf(cause)})` : (late ?? whyOf(cause));
      throw new Error(`Nothing can be written to Kafka at ${at}: ${why}.`, { cause });
    }
  };
}
