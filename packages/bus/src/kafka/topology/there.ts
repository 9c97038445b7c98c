import type { Admin } from "kafkajs";

const LOOK_MS = 100;
const THERE_MS_MAX = 30_000;

/** Waits until new topics have leaders. kafkajs can wait too, but gives up where a broker has not heard of the topic at all. */
export async function untilThere(admin: Admin, names: readonly string[], partitions: number): Promise<void> {
  const end = Date.now() + THERE_MS_MAX;
  for (;;) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] }).catch((cause: unknown) => {
      if (Date.now() > end) throw cause;
      return { topics: [] };
    });
    if (topics.length === names.length && topics.every((topic) => topic.partitions.length === partitions)) return;
    if (Date.now() > end) throw new Error(`the new topics have had no leaders for ${THERE_MS_MAX / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
