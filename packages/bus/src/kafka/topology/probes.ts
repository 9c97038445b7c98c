import type { Broker, Cluster } from "kafkajs";
import { typeOf } from "../refusals.ts";

/** What one credential may do, tried on the brokers themselves. Nothing is written, read or joined. */
export type Probes = {
  readonly mayWrite: (topic: string) => Promise<boolean>;
  readonly mayRead: (topic: string) => Promise<boolean>;
  readonly mayJoin: (group: string) => Promise<boolean>;
};

/** No topic has this partition, and the brokers look at the right before they look for the partition. */
const NO_PARTITION = 2 ** 31 - 1;
const NO_MEMBER = { groupGenerationId: 0, memberId: "of-nobody" };
/** What the brokers answer to a request that they would have carried out, had it not been for nothing. */
const FOR_NOTHING = [
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_COORDINATOR_FOR_GROUP",
  "UNKNOWN_MEMBER_ID",
  "ILLEGAL_GENERATION",
];
const REFUSED = ["TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED"];

/** The cluster must be connected. */
export async function openProbes(cluster: Cluster): Promise<Probes> {
  const broker = await cluster.findControllerBroker();
  return {
    mayWrite: (topic) =>
      isAllowed(() =>
        broker.produce({
          acks: -1,
          timeout: 5000,
          topicData: [{ topic, partitions: [{ partition: NO_PARTITION, messages: [{ key: null, value: null }] }] }],
        }),
      ),
    mayRead: (topic) =>
      isAllowed(() =>
        broker.fetch({
          maxWaitTime: 0,
          minBytes: 0,
          maxBytes: 1,
          topics: [{ topic, partitions: [{ partition: NO_PARTITION, fetchOffset: "0", maxBytes: 1 }] }],
        }),
      ),
    mayJoin: (group) => isAllowed(() => heartbeatOf(broker)({ groupId: group, ...NO_MEMBER })),
  };
}

async function isAllowed(request: () => Promise<unknown>): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    const type = typeOf(error);
    if (REFUSED.includes(type)) return false;
    if (FOR_NOTHING.includes(type)) return true;
    throw error;
  }
}

/** kafkajs has it and leaves it out of its types. */
function heartbeatOf(broker: Broker): (request: typeof NO_MEMBER & { readonly groupId: string }) => Promise<unknown> {
  const heartbeat: unknown = Reflect.get(broker, "heartbeat");
  if (typeof heartbeat !== "function")
    throw new Error("kafkajs is not the version that Holdfast was made with: install 2.2.4 exactly.");
  return async (request) => heartbeat.call(broker, request);
}
