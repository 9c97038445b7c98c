import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "@holdfast/schemas";
import type { Bus, Handler, Next, Published, Raw, Subscription } from "../port.ts";
import { alert } from "./events.ts";
import { openSequences, silenceMs, type Moment } from "./sequences.ts";

const TOPIC = "alerts";
const PACE_MS = 50;
const AGAIN_MS = 200;
const QUICK_MS = 20;

/** Where a load was when something began. */
export type Mark = {
  readonly at: number;
  readonly acknowledged: number;
  readonly writtenTwice: number;
  readonly handledTwice: number;
  readonly from: readonly Next[];
};

/** What a load met since a mark. */
export type Met = {
  readonly acknowledged: number;
  /** Acknowledged at a place of the topic that does not hold it. */
  readonly lost: number;
  readonly writtenTwice: number;
  readonly handledTwice: number;
  /** The longest time in which one partition acknowledged nothing. */
  readonly publishingGapMs: number;
  /** The longest time in which nothing of one partition was handled. */
  readonly consumingGapMs: number;
};

/** Publishers of every key, each key in order; a group that works on all of it, and a follower that reads it. */
export type Load = AsyncDisposable & {
  readonly mark: () => Mark;
  /** What was acknowledged until now is read by the follower and handled by the group. */
  readonly caughtUp: () => () => boolean;
  readonly met: (since: Mark, reader: Bus) => Promise<Met>;
  /** What came in the wrong order, or with other bytes under the same id. */
  readonly wrongs: () => readonly string[];
  readonly join: (bus: Bus) => Promise<Subscription>;
  /** Work on the next record of each of these keys takes so long; resolves when it has begun on all of them. */
  readonly stall: (keys: readonly string[], ms: number) => Promise<void>;
};

type Buses = { readonly publishers: readonly Bus[]; readonly member: Bus; readonly follower: Bus };

export async function openLoad({ publishers, member, follower }: Buses, keys: readonly string[]): Promise<Load> {
  const acknowledged: (Published & { readonly key: string; readonly at: number })[] = [];
  const works: Moment[] = [];
  const [onTopic, handled] = [openSequences("the topic"), openSequences("the group")];
  const nexts = new Map<number, Next>();
  const stalls = openStalls();
  const broken: string[] = [];
  let isOver = false;

  const publish = async (bus: Bus, key: string): Promise<void> => {
    for (let count = 0; !isOver; await sleep(PACE_MS)) {
      try {
        const published = await bus.publish(TOPIC, key, alert(key, count));
        acknowledged.push({ ...published, key, at: Date.now() });
        count += 1;
      } catch {
        await sleep(AGAIN_MS); // it may be there or not: the same event again
      }
    }
  };
  const work: Handler<typeof TOPIC> = async ({ key, partition, value, event }, signal) => {
    await sleep(stalls.msOf(key, event.id) ?? QUICK_MS, undefined, { signal });
    handled.take(key, event.startsAt, value);
    works.push({ partition, at: Date.now() });
  };
  const join = (bus: Bus): Promise<Subscription> =>
    bus.subscribe([TOPIC], "load", work, { concurrency: keys.length, exclusive: false, parked: "go-on" });
  const read = async (batch: readonly Raw[]): Promise<void> => {
    for (const { key, partition, offset, value } of batch) {
      nexts.set(partition, { topic: TOPIC, partition, offset: offset + 1 });
      onTopic.take(key, startsAtOf(value), value ?? Buffer.alloc(0));
    }
  };
  const working = await join(member);
  const following = follower.follow([TOPIC], [], read);
  following.ended.catch((cause: unknown) => broken.push(`the follower ended: ${String(cause)}`));
  const publishing = keys.map((key, index) => publish(publishers[index % publishers.length] ?? member, key));
  return {
    join,
    stall: stalls.begin,
    mark: () => ({
      at: Date.now(),
      acknowledged: acknowledged.length,
      writtenTwice: onTopic.again(),
      handledTwice: handled.again(),
      from: [...nexts.values()],
    }),
    caughtUp: () => {
      const wanted = Map.groupBy(acknowledged, ({ key }) => key);
      return () =>
        [...wanted].every(([key, its]) =>
          [onTopic, handled].every((sequences) => sequences.reached(key) >= its.length),
        );
    },
    met: async (since, reader) => {
      const now = Date.now();
      const mine = acknowledged.slice(since.acknowledged);
      return {
        acknowledged: mine.length,
        lost: await lost(mine, since.from, reader),
        writtenTwice: onTopic.again() - since.writtenTwice,
        handledTwice: handled.again() - since.handledTwice,
        publishingGapMs: silenceMs(acknowledged, since.at, now),
        consumingGapMs: silenceMs(works, since.at, now),
      };
    },
    wrongs: () => [...broken, ...onTopic.wrongs, ...handled.wrongs],
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await Promise.all(publishing);
      await Promise.all([following[Symbol.asyncDispose](), working[Symbol.asyncDispose]()]);
    },
  };
}

function startsAtOf(value: Buffer | null): number {
  return value === null ? -1 : decode(TOPIC, value).startsAt;
}

/** Reads the topic anew: nothing that was read once is believed to be there still. */
async function lost(acknowledged: readonly Published[], from: readonly Next[], reader: Bus): Promise<number> {
  const found = new Map<string, Buffer | null>();
  await using following = reader.follow([TOPIC], from, async (batch) => {
    for (const { partition, offset, value } of batch) found.set(`${partition}/${offset}`, value);
  });
  await following.caughtUp;
  return acknowledged.filter(
    ({ partition, offset, value }) =>
      offset >= (from.find((next) => next.partition === partition)?.offset ?? 0) &&
      found.get(`${partition}/${offset}`)?.equals(value) !== true,
  ).length;
}

type Stalls = { readonly begin: Load["stall"]; readonly msOf: (key: string, id: string) => number | undefined };

/** Which work takes long. Whoever does it again takes as long. */
function openStalls(): Stalls {
  const wanted = new Map<string, { readonly ms: number; readonly begun: () => void }>();
  const long = new Map<string, number>();
  return {
    begin: async (keys, ms) => {
      const begun = keys.map((key) => new Promise<void>((resolve) => wanted.set(key, { ms, begun: resolve })));
      await Promise.all(begun);
    },
    msOf: (key, id) => {
      const stall = wanted.get(key);
      if (stall !== undefined) long.set(id, stall.ms);
      wanted.delete(key);
      stall?.begun();
      return long.get(id);
    },
  };
}
