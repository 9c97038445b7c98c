import { randomUUID } from "node:crypto";
import { test } from "vitest";
import { brokerForTests } from "./kafka/testing.ts";
import { wholePath } from "./contract/path.ts";

/** The same path on a real broker, with topics of its own. */

const broker = await brokerForTests();
if (broker === undefined) test.skip("the whole path on Kafka");
else
  wholePath(async () => ({
    HOLDFAST_BUS: `kafka://${broker}`,
    HOLDFAST_KAFKA_PREFIX: `path.${randomUUID().slice(0, 8)}.`,
    HOLDFAST_KAFKA_REPLICATION: "1",
  }));
