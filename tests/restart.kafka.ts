import { randomUUID } from "node:crypto";
import { test } from "vitest";
import { brokerForTests } from "./kafka/testing.ts";
import { restartsHold } from "./contract/restarts.ts";

/**
 * The same kills with a real broker between the services, and topics of its own.
 *
 *     ROUNDS=100 npm run test:kafka -- tests/restart.kafka.ts
 */
const broker = await brokerForTests();
if (broker === undefined) test.skip("restarts on Kafka");
else
  restartsHold(async () => ({
    HOLDFAST_BUS: `kafka://${broker}`,
    HOLDFAST_KAFKA_PREFIX: `restart.${randomUUID().slice(0, 8)}.`,
    HOLDFAST_KAFKA_REPLICATION: "1",
  }));
