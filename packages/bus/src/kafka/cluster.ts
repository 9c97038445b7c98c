import type { Cluster, Kafka } from "kafkajs";
import { ANSWER_MS_MAX, NoAnswer, within } from "./within.ts";

/** Known for one round of requests, then asked for again. */
const METADATA_MAX_AGE_MS = 5000;

/**
 * The part of kafkajs below its consumer: brokers and what they lead, with the client's own settings. A consumer always
 * belongs to a group, which costs a rebalance to begin with and jumps over what is missing without a word; who only reads
 * from a position needs neither.
 */
export function openCluster(client: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  const create: unknown = name === undefined ? undefined : Reflect.get(client, name);
  if (typeof create !== "function")
    throw new Error("kafkajs is not the version that Holdfast was made with: install 2.2.4 exactly.");
  return create({ metadataMaxAge: METADATA_MAX_AGE_MS, allowAutoTopicCreation: false, isolationLevel: 0 }) as Cluster; // just checked to be what makes one
}

/** Gets a cluster ready for requests about these topics. */
export async function connectTo(cluster: Cluster, names: readonly string[]): Promise<void> {
  if (!cluster.isConnected()) await cluster.connect();
  await cluster.addMultipleTargetTopics([...names]);
  await cluster.refreshMetadataIfNecessary();
}

/** Connections of somebody who reads on through every failure. */
export type Connections = {
  readonly now: () => Cluster;
  /** After a request that failed. Never rejects: the next request says what is wrong. */
  readonly mend: (failure: unknown) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Where a question was lost, everything is thrown away: kafkajs gives whoever asks for the same on the same connections the
 * answer that the first one waits for.
 */
export function openConnections(client: Kafka): Connections {
  let cluster = openCluster(client);
  const renew = (): void => {
    void cluster.disconnect().catch(() => undefined);
    cluster = openCluster(client);
  };
  return {
    now: () => cluster,
    mend: async (failure) => {
      try {
        if (failure instanceof NoAnswer) throw failure;
        await within(ANSWER_MS_MAX, lookAgain(cluster, failure));
      } catch (cause) {
        if (cause instanceof NoAnswer) renew();
      }
    },
    close: () => cluster.disconnect(),
  };
}

/** After a request that failed: forgets a connection that was closed, and asks who leads what now. */
async function lookAgain(cluster: Cluster, failure: unknown): Promise<void> {
  const closed = addressOf(failure);
  if (closed !== undefined) cluster.removeBroker(closed);
  if (!cluster.isConnected()) await cluster.connect();
  await cluster.refreshMetadata();
}

function addressOf(failure: unknown): { readonly host: string; readonly port: number } | undefined {
  if (!(failure instanceof Error) || failure.name !== "KafkaJSConnectionClosedError") return undefined;
  const { host, port } = failure as Error & { readonly host?: unknown; readonly port?: unknown }; // both are looked at below
  return typeof host === "string" && typeof port === "number" ? { host, port } : undefined;
}
