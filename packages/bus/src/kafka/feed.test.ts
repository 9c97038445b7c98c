import type { Consumer, EachBatchPayload } from "kafkajs";
import { expect, test } from "vitest";
import { openFeed, type Feed } from "./feed.ts";
import { namesWith } from "./names.ts";
import { isSamePartition, type TopicPartition } from "../topic-partition.ts";

const MINE = { topic: "alerts", partition: 0 } as const;

test("what a full partition has no room for waits, is not fetched again, and comes in order when there is room", async () => {
  const { feed, taken, did, give, room } = member(2);
  await give([0, 1, 2, 3, 4]);
  expect(taken).toEqual([0, 1]);
  expect(did).toEqual(["resolve 4", "pause alerts/0"]);

  room(2);
  feed.resume("alerts", 0);
  expect(taken).toEqual([0, 1, 2, 3]);
  expect(did).not.toContain("resume alerts/0");

  room(2);
  feed.resume("alerts", 0);
  expect(taken).toEqual([0, 1, 2, 3, 4]);
  expect(did.at(-1)).toBe("resume alerts/0");
});

test("a fetch of a partition for which records wait is left for later, whatever it holds", async () => {
  const { taken, did, give, room, feed } = member(1);
  await give([0, 1]);
  room(9);
  await give([2, 3]);
  expect(taken).toEqual([0]);
  expect(did).toEqual(["resolve 1", "pause alerts/0", "pause alerts/0"]);
  feed.resume("alerts", 0);
  await give([2, 3]);
  expect(taken).toEqual([0, 1, 2, 3]);
});

test("an answer that overtook the beginning is asked for again, and what is gone is read over the second time", async () => {
  const { feed, taken, did, give } = member(9);
  feed.begin([{ ...MINE, offset: 3 }]);
  await give([7, 8]);
  expect([taken, did]).toEqual([[], ["seek alerts/0 3", "resume alerts/0", "seek alerts/0 3"]]);
  await give([3, 4]);
  expect(taken).toEqual([3, 4]);

  const other = member(9);
  other.feed.begin([{ ...MINE, offset: 3 }]);
  await other.give([7, 8]);
  await other.give([7, 8]);
  expect(other.taken).toEqual([7, 8]);
});

test("what waits is thrown away when its partition is somebody else's", async () => {
  const { feed, taken, give, room } = member(1);
  await give([0, 1, 2]);
  feed.keepOnly([{ topic: "alerts", partition: 1 }]);
  room(9);
  feed.resume("alerts", 0);
  expect(taken).toEqual([0]);
});

test("a fetch of a partition that is not owned yet stays unresolved, for its owner to begin", async () => {
  const { taken, did, give } = member(9, []);
  await give([0, 1]);
  expect(taken).toEqual([]);
  expect(did).toEqual(["pause alerts/0"]);
});

test("a fetch that a seek has overtaken is ignored", async () => {
  const { taken, did, give } = member(9);
  await give([0, 1], { isStale: () => true });
  expect([taken, did]).toEqual([[], []]);
});

type Played = {
  readonly feed: Feed;
  /** The offsets that the member accepted. */
  readonly taken: readonly number[];
  /** What Kafka's client was told. */
  readonly did: readonly string[];
  readonly give: (offsets: readonly number[], how?: Partial<EachBatchPayload>) => Promise<void>;
  readonly room: (records: number) => void;
};

function member(records: number, owned: readonly TopicPartition[] = [MINE]): Played {
  let free = records;
  const [taken, did]: [number[], string[]] = [[], []];
  const tell =
    (verb: string) =>
    (partitions: readonly { topic: string; partitions?: readonly number[] }[]): void => {
      did.push(...partitions.map(({ topic, partitions }) => `${verb} ${topic}/${partitions?.join()}`));
    };
  const consumer: Pick<Consumer, "pause" | "resume" | "seek"> = {
    pause: tell("pause"),
    resume: tell("resume"),
    seek: ({ topic, partition, offset }) => void did.push(`seek ${topic}/${partition} ${offset}`),
  };
  const feed = openFeed({
    names: namesWith(""),
    note: () => undefined,
    consumer: () => consumer as Consumer,
    has: (partition) => owned.some((each) => isSamePartition(each, partition)),
    accept: ({ offset }) => {
      if (free === 0) return false;
      free--;
      taken.push(offset);
      return true;
    },
    seen: () => undefined,
    fatal: (cause) => {
      throw cause;
    },
  });
  const give: Played["give"] = (offsets, how) =>
    feed.onBatch({
      batch: { topic: "alerts", partition: 0, highWatermark: "9", messages: offsets.map(messageAt) },
      isRunning: () => true,
      isStale: () => false,
      resolveOffset: (offset: string) => void did.push(`resolve ${offset}`),
      ...how,
    } as EachBatchPayload);
  return { feed, taken, did, give, room: (more) => (free = more) };
}

function messageAt(offset: number): EachBatchPayload["batch"]["messages"][number] {
  return { key: Buffer.from("k"), value: null, timestamp: "0", attributes: 0, offset: String(offset), headers: {} };
}
