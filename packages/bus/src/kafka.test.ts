import { test } from "vitest";
import { brokerForTests } from "../../../tests/kafka/testing.ts";
import { contract } from "./contract.ts";
import { kafkaAt } from "./kafka/contract-adapter.ts";

const broker = await brokerForTests();
if (broker === undefined) test.skip("the bus contract: kafka");
else contract("kafka", kafkaAt(broker));
