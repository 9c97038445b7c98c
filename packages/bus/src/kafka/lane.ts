import { setImmediate as endOfTurn } from "node:timers/promises";
import { Partitioners, type Kafka, type Producer } from "kafkajs";
import type { Record } from "../log.ts";
import type { Note, Position } from "../port.ts";
import { atMost, backOffMs, pause } from "../waiting.ts";
import { positionsIn } from "./acknowledgement.ts";
import type { Names } from "./names.ts";
import { messageOf } from "./records.ts";
import { isRefused, typeOf, whyOf } from "./refusals.ts";
import { refusalOf } from "./topology/refusal.ts";

const BATCH_MAX = 200;
const BATCH_BYTES_MAX = 512 * 1024;
/** How long a record is sent again before its publisher hears that nothing is known of it. */
const PATIENCE_MS = 20_000;
/** Below the client's own limit, so that the broker's answer comes first. */
const BROKER_ANSWER_MS = 4000;
const CLOSE_MS_MAX = 3000;

export type Waiting = {
  readonly record: Record;
  readonly partition: number;
  readonly since: number;
  /** Nothing else that this process publishes was under way when it came. */
  readonly isAlone: boolean;
  readonly resolve: (position: Position) => void;
  readonly reject: (cause: unknown) => void;
};

export type LaneParts = {
  readonly client: Kafka;
  readonly names: Names;
  readonly note: Note;
  /** The service that writes, for what is said to people. */
  readonly who: string;
};

/** Sends what is added, in order, through one producer at a time. */
export type Lane = { readonly add: (waiting: Waiting) => void; readonly close: () => Promise<void> };

/**
 * INVARIANT: one send in flight per producer, of one topic and partition, and its answer is checked; a producer that failed is
 * never used again, and never replaced before its send has settled. Every other way of using kafkajs has been seen to lose
 * records that it had acknowledged. What is sent twice so has one event id, and counts once.
 */
export function openLane({ client, names, note, who }: LaneParts): Lane {
  const closing = new AbortController();
  let queue: Waiting[] = [];
  let producer: Producer | undefined;
  let running: Promise<void> | undefined;
  let failures = 0;

  const take = (done: readonly Waiting[]): void => {
    const gone = new Set(done);
    queue = queue.filter((waiting) => !gone.has(waiting));
  };
  const send = async (batch: readonly Waiting[], { record, partition }: Waiting): Promise<void> => {
    producer ??= await openProducer(client);
    const topic = names.ofTopic(record.topic);
    const messages = batch.map((waiting) => messageOf(waiting.record, partition));
    const answer = await producer.send({ topic, acks: -1, timeout: BROKER_ANSWER_MS, messages });
    const positions = positionsIn(answer, topic, { topic: record.topic, partition }, batch.length);
    take(batch);
    batch.forEach(({ resolve }, index) => positions[index] !== undefined && resolve(positions[index]));
    failures = 0;
  };
  const recover = async (batch: readonly Waiting[], cause: unknown): Promise<void> => {
    void producer?.disconnect().catch(() => undefined);
    producer = undefined;
    failures += 1;
    const isOver = ({ since }: Waiting): boolean => closing.signal.aborted || Date.now() - since > PATIENCE_MS;
    const given = isFinal(cause) ? batch : queue.filter(isOver);
    take(given);
    for (const { record, reject } of given) reject(unpublished(who, names.ofTopic(record.topic), cause));
    if (queue.length === 0) return;
    const againInMs = backOffMs(Math.min(failures, 5), Math.random);
    note("warn", { waiting: queue.length, againInMs, why: whyOf(cause) }, AGAIN_SENTENCE);
    await pause(againInMs, closing.signal);
  };
  const run = async (): Promise<void> => {
    // The broker pays for each send, so what comes in one turn shares one; who is alone waits for nobody but its own breath.
    let gathered = queue[0]?.isAlone === true ? Promise.resolve() : endOfTurn();
    for (let [first] = queue; first !== undefined; [first] = queue) {
      await gathered;
      const batch = batchOf(queue, first);
      await send(batch, first).catch((cause: unknown) => recover(batch, cause));
      gathered = endOfTurn(); // who was just answered publishes its next record first, and it goes into the same batch
    }
    running = undefined;
  };
  return {
    add: (waiting) => {
      queue.push(waiting);
      running ??= run();
    },
    close: async () => {
      closing.abort();
      await atMost(CLOSE_MS_MAX, running ?? Promise.resolve());
      await atMost(CLOSE_MS_MAX, producer?.disconnect().catch(() => undefined) ?? Promise.resolve());
    },
  };
}

async function openProducer(client: Kafka): Promise<Producer> {
  const producer = client.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: 5000,
    retry: { initialRetryTime: 300, maxRetryTime: 2000, retries: 2 },
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    return producer;
  } catch (cause) {
    void producer.disconnect().catch(() => undefined); // it may be connected to one broker and not to another
    throw cause;
  }
}

/** The first that waits, and what else waits for the same place. */
function batchOf(queue: readonly Waiting[], first: Waiting): readonly Waiting[] {
  const batch: Waiting[] = [];
  let bytes = 0;
  for (const waiting of queue) {
    if (waiting.record.topic !== first.record.topic || waiting.partition !== first.partition) continue;
    bytes += waiting.record.value.length;
    if (batch.length === BATCH_MAX || (batch.length > 0 && bytes > BATCH_BYTES_MAX)) break;
    batch.push(waiting);
  }
  return batch;
}

const TOO_LARGE: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"]);

function isFinal(cause: unknown): boolean {
  return isRefused(cause) || TOO_LARGE.has(typeOf(cause));
}

function unpublished(who: string, on: string, cause: unknown): Error {
  const refusal = isRefused(cause) ? refusalOf(cause, { who, doing: "write", on }) : undefined;
  const unknown = `Kafka did not take a record of ${on}: ${whyOf(cause)}. It may be there or not; publishing it again is right.`;
  return new Error(refusal ?? unknown, { cause });
}

const AGAIN_SENTENCE =
  "Kafka did not acknowledge what was published. It is sent again by a new producer, and nobody is told that it is there before it is.";
