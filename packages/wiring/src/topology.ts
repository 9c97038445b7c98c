import { openTopology, type TopologyDesk } from "@holdfast/bus/kafka/topology";
import { kafkaConnection, type KafkaSettings } from "./kafka.ts";
import { ROLES } from "./roles.ts";

/** What the operator reads of the environment. */
export type TopologySettings = KafkaSettings & {
  readonly HOLDFAST_KAFKA_PREFIX: string;
  readonly HOLDFAST_KAFKA_REPLICATION: number;
};

/** Topics and rights on the brokers that `HOLDFAST_BUS` names, as the operator sees and makes them. @throws what kafkajs throws. */
export function openOperatorTopology(settings: TopologySettings): Promise<TopologyDesk> {
  return openTopology({
    connection: { ...kafkaConnection(settings, "KAFKA_OPERATOR"), clientId: "holdfast-operator" },
    prefix: settings.HOLDFAST_KAFKA_PREFIX,
    replication: settings.HOLDFAST_KAFKA_REPLICATION,
    roles: Object.values(ROLES),
    userOf: (service) => {
      const user: unknown = Reflect.get(settings, `HOLDFAST_${service.toUpperCase()}_KAFKA_USERNAME`);
      return typeof user === "string" ? user : service;
    },
  });
}
