import type { Consumer, EachBatchPayload, Kafka, PartitionAssigner } from "kafkajs";

const REBALANCE_MS = 15_000;
const WAIT_MS = 300;

export type Consuming = {
  /** Nothing once it has stopped: kafkajs then throws at every seek, and says only seconds later that it crashed. */
  readonly running: () => Consumer | undefined;
  readonly disconnect: () => Promise<void>;
  /** Resolves with what ended it; never before that. */
  readonly crashed: Promise<Error>;
};

type Options = {
  readonly client: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly assigner: PartitionAssigner;
  readonly sessionMs: number;
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
  readonly onJoined: (assignment: Readonly<Record<string, readonly number[]>>) => void;
  readonly onHeartbeat: () => void;
};

/**
 * One life of a consumer of kafkajs. It heartbeats between its fetches alone, so its callback must return at once; an error
 * thrown out of the callback ends it for good, and so does much else: whoever opened it opens the next.
 */
export function openConsuming(options: Options): Consuming {
  const { client, groupId, topics, assigner, sessionMs } = options;
  const consumer = client.consumer({
    groupId,
    partitionAssigners: [assigner],
    sessionTimeout: sessionMs,
    rebalanceTimeout: REBALANCE_MS,
    heartbeatInterval: Math.floor(sessionMs / 8),
    maxWaitTimeInMs: WAIT_MS,
    metadataMaxAge: 5000,
    allowAutoTopicCreation: false,
    readUncommitted: true,
    retry: { retries: 8, restartOnFailure: async () => false },
  });
  const crashed = Promise.withResolvers<Error>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => options.onJoined(payload.memberAssignment));
  let isStopped = false;
  consumer.on(consumer.events.STOP, () => void (isStopped = true));
  consumer.on(consumer.events.HEARTBEAT, options.onHeartbeat);
  consumer.on(consumer.events.CRASH, ({ payload }) => crashed.resolve(payload.error));
  const start = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: options.onBatch,
    });
  };
  start().catch(crashed.resolve);
  return {
    running: () => (isStopped ? undefined : consumer),
    disconnect: () => consumer.disconnect(),
    crashed: crashed.promise,
  };
}
