import type { Kafka } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import { openNexts, type Nexts } from "../nexts.ts";
import type { Tail } from "../log.ts";
import type { Next, Note, Raw } from "../port.ts";
import { openConnections } from "./cluster.ts";
import { beginnings, noteGap } from "./fetching.ts";
import { openInterruptions } from "./interruptions.ts";
import type { Names } from "./names.ts";
import type { Offsets } from "./offsets.ts";
import { readAll } from "./reading.ts";
import { typeOf } from "./refusals.ts";

export type TailParts = {
  readonly client: Kafka;
  readonly names: Names;
  readonly offsets: Offsets;
  readonly note: Note;
  /** The service that reads, for what is said to people. */
  readonly who: string;
  /** Hears what the broker gave, before anybody works on it. */
  readonly seen: (batch: readonly Raw[]) => void;
};

/** Reads whole topics without a group. Trouble with a broker only interrupts it; that the topic is another one ends it. */
export function openTail(
  { client, names, offsets, note, seen, who }: TailParts,
  topics: readonly Topic[],
  from: readonly Next[],
  onBatch: (batch: readonly Raw[]) => Promise<void>,
): Tail {
  const stopping = new AbortController();
  const [begun, closed] = [Promise.withResolvers<readonly Next[]>(), Promise.withResolvers<void>()];
  const connections = openConnections(client);
  let turn = Promise.resolve();
  let refusal: { readonly cause: unknown } | undefined;
  const interruptions = openInterruptions({ topics, names, note, who, stopping: stopping.signal });

  const take = async (nexts: Nexts, batch: readonly Raw[]): Promise<void> => {
    if (stopping.signal.aborted) return;
    seen(batch);
    for (const raw of batch) pass(nexts, raw, note);
    try {
      await onBatch(batch);
    } catch (cause) {
      refusal = { cause };
      throw cause;
    }
  };
  const recover = async (nexts: Nexts, cause: unknown): Promise<void> => {
    if (refusal !== undefined) throw refusal.cause;
    if (typeOf(cause) === "OFFSET_OUT_OF_RANGE") await leap(nexts);
    turn = Promise.resolve();
    await interruptions.wait(cause);
    await connections.mend(cause);
  };
  /** What was to be read next is not there any more. */
  const leap = async (nexts: Nexts): Promise<void> => {
    const now = await interruptions.insist(() => beginnings(offsets, topics, nexts.all(), note));
    for (const { topic, partition, offset } of now ?? []) nexts.move(topic, partition, offset);
  };
  const run = async (): Promise<void> => {
    const first = await interruptions.insist(() => beginnings(offsets, topics, from, note));
    if (first === undefined) return;
    const nexts = openNexts(first);
    begun.resolve(first);
    /** One batch at a time, whichever broker it came from. */
    const handOver = (batch: readonly Raw[]): Promise<void> => {
      interruptions.isOver();
      if (batch.length === 0) return Promise.resolve();
      return (turn = turn.then(() => take(nexts, batch)));
    };
    const reading = { connections, names, topics, nexts, stopping: stopping.signal, handOver };
    while (!stopping.signal.aborted) await readAll(reading).catch((cause: unknown) => recover(nexts, cause));
  };
  const running = run().finally(() => {
    stopping.abort();
    void connections.close().catch(() => undefined);
  });
  const ended = Promise.race([running, closed.promise]);
  ended.then(() => begun.resolve([]), begun.reject);
  begun.promise.catch(() => undefined); // whoever waits hears of it; an error that nobody waits for must not end the process
  return {
    begun: begun.promise,
    ended,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await turn.catch(() => undefined);
      closed.resolve(); // its last request may still wait at the broker: nobody waits for that
    },
  };
}

function pass(nexts: Nexts, { topic, partition, offset }: Raw, note: Note): void {
  const wanted = nexts.at(topic, partition);
  if (offset > wanted) noteGap(note, { topic, partition, offset }, wanted);
  nexts.move(topic, partition, offset + 1);
}
