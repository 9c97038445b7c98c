import { setTimeout as sleep } from "node:timers/promises";
import type { Topic } from "@holdfast/schemas";
import type { Log } from "./log.ts";
import { openNexts, type Nexts } from "./nexts.ts";
import type { Following, Next, Raw } from "./port.ts";

const AGAIN_MS = 500;

/** @param onMoved called after each batch that was handed over. */
export function openFollowing(
  log: Log,
  topics: readonly Topic[],
  from: readonly Next[],
  onBatch: (batch: readonly Raw[]) => Promise<void>,
  onMoved: (nexts: Nexts) => void = () => undefined,
): Following {
  const nexts = openNexts(from);
  const caughtUp = Promise.withResolvers<void>();
  let goal: readonly Next[] | undefined;
  const look = (): void => {
    if (goal?.every(({ topic, partition, offset }) => nexts.at(topic, partition) >= offset)) caughtUp.resolve();
  };
  const tail = log.tail(topics, from, async (batch) => {
    await onBatch(batch);
    for (const { topic, partition, offset } of batch) nexts.move(topic, partition, offset + 1);
    onMoved(nexts);
    look();
  });
  let isOver = false;
  /** The tail waits for a log that is away, and so does this. */
  const ends = async (): Promise<readonly Next[]> => {
    const found = await log.ends(topics).catch((cause: unknown) => (isOver ? Promise.reject(cause) : undefined));
    if (found !== undefined) return found;
    await sleep(AGAIN_MS);
    return await ends();
  };
  const aim = async (): Promise<void> => {
    for (const { topic, partition, offset } of await tail.begun)
      if (nexts.at(topic, partition) < offset) nexts.move(topic, partition, offset);
    goal = await ends();
    look();
  };
  aim().catch(caughtUp.reject);
  const isEnded = (): void => void (isOver = true);
  tail.ended.then(isEnded, isEnded);
  tail.ended.then(
    () => caughtUp.reject(new Error(`following ${topics.join(", ")} was closed before it had caught up`)),
    caughtUp.reject,
  );
  caughtUp.promise.catch(() => undefined); // whoever waits hears of it; an error that nobody waits for must not end the process
  return {
    caughtUp: caughtUp.promise,
    ended: tail.ended,
    behind: async () => {
      const ends = await log.ends(topics);
      return ends.reduce(
        (sum, { topic, partition, offset }) => sum + Math.max(0, offset - nexts.at(topic, partition)),
        0,
      );
    },
    [Symbol.asyncDispose]: tail[Symbol.asyncDispose],
  };
}

/** Hands over everything that stands on the topics now. @returns where the next such reading begins. */
export async function caughtUpWith(
  log: Log,
  topics: readonly Topic[],
  from: readonly Next[],
  take: (raw: Raw) => void,
): Promise<readonly Next[]> {
  let reached: readonly Next[] = from;
  const onBatch = async (batch: readonly Raw[]): Promise<void> => batch.forEach(take);
  await using following = openFollowing(log, topics, from, onBatch, (nexts) => (reached = nexts.all()));
  await following.caughtUp;
  return reached;
}
