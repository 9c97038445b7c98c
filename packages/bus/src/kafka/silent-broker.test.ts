import { Kafka, logLevel } from "kafkajs";
import { expect, test } from "vitest";
import { openProxy } from "../../../../tests/kafka/proxy.ts";
import { brokerForTests } from "../../../../tests/kafka/testing.ts";
import { patchKafkajs } from "./patches.ts";

/** Kafka's number for the question what a broker understands. */
const API_VERSIONS = 18;

const broker = await brokerForTests();

/** What a client hears whose first question was not answered, as by a broker that hangs, and every later one is. */
async function topicsAfterSilence(): Promise<readonly string[]> {
  let isSilent = true;
  await using proxy = await openProxy([Number(broker?.split(":")[1])], (api) =>
    api === API_VERSIONS && isSilent && !(isSilent = false) ? "lose-answer" : "pass",
  );
  const admin = new Kafka({
    brokers: [broker ?? ""],
    requestTimeout: 500,
    logLevel: logLevel.NOTHING,
    socketFactory: proxy.socketFactory,
  }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

test.skipIf(broker === undefined)(
  "a broker that hung when it was first asked is unusable to kafkajs as it comes, though it says that it is connected; mended, it is asked again",
  async () => {
    await expect(topicsAfterSilence()).rejects.toThrow(/not connected/i);
    patchKafkajs();
    expect(await topicsAfterSilence()).toBeInstanceOf(Array);
  },
);
