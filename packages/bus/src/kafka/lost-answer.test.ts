import { Kafka, logLevel, Partitioners } from "kafkajs";
import { expect, test } from "vitest";
import { openProxy, PRODUCE, type Fate } from "../../../../tests/kafka/proxy.ts";
import { brokerForTests } from "../../../../tests/kafka/testing.ts";
import { alert } from "../contract/events.ts";
import { openWorld } from "../contract/world.ts";
import { kafkaAt, placeOf } from "./contract-adapter.ts";

/** An answer that is lost after the record was written: what that does to the ordinary way of sending, and to ours. */

const broker = await brokerForTests();
/** A broker that is just coming to know the topic spoils one now and then. */
const ROUNDS = [1, 2, 3];
const port = Number(broker?.split(":")[1]);

/** Lets the answer to a request that writes be lost where it is asked for. */
function losing(isLost: () => boolean): (api: number) => Fate {
  return (api) => (api === PRODUCE && isLost() ? "lose-answer" : "pass");
}

test.skipIf(broker === undefined)(
  "a send beside one that waits for its retry is lost, though an idempotent producer acknowledged both",
  async () => {
    const adapter = kafkaAt(broker ?? "");
    await using world = await openWorld(adapter);
    let isLost = false;
    await using proxy = await openProxy(
      [port],
      losing(() => isLost && !(isLost = false)),
    );
    const client = new Kafka({
      brokers: [broker ?? ""],
      requestTimeout: 1000,
      logLevel: logLevel.NOTHING,
      socketFactory: proxy.socketFactory,
    });
    const producer = client.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const topic = `${placeOf(world.place).prefix}alerts`;
    const send = (value: string): Promise<unknown> =>
      producer.send({ topic, acks: -1, messages: [{ partition: 0, key: "k", value }] });
    for (const round of ROUNDS) {
      isLost = true;
      const timedOut = new Promise((resolve) => producer.on(producer.events.REQUEST_TIMEOUT, resolve));
      const first = send(`first ${round}`);
      await timedOut;
      await Promise.all([first, send(`second ${round}`)]); // both are acknowledged
    }
    await producer.disconnect();
    const found = new Set<string>();
    const bus = await world.open();
    await using following = bus.follow(["alerts"], [], async (batch) => {
      for (const { value } of batch) found.add(value?.toString() ?? "");
    });
    await following.caughtUp;
    const acknowledged = ROUNDS.flatMap((round) => [`first ${round}`, `second ${round}`]);
    expect(acknowledged.filter((value) => !found.has(value))).not.toEqual([]);
  },
  60_000,
);

test.skipIf(broker === undefined)(
  "a bus that loses one answer in six has every record that it acknowledged, where it said",
  async () => {
    let requests = 0;
    await using proxy = await openProxy(
      [port],
      losing(() => ++requests % 6 === 0),
    );
    await using world = await openWorld(kafkaAt(broker ?? "", proxy.socketFactory));
    const bus = await world.open();
    const events = Array.from({ length: 60 }, (_, index) => alert(index.toString(16).padStart(16, "0"), index));
    const published = await Promise.all(events.map((event) => bus.publish("alerts", event.fingerprint, event)));
    const found = new Map<string, Buffer | null>();
    await using following = bus.follow(["alerts"], [], async (batch) => {
      for (const { partition, offset, value } of batch) found.set(`${partition}/${offset}`, value);
    });
    await following.caughtUp;
    for (const { partition, offset, value } of published) expect(found.get(`${partition}/${offset}`)).toEqual(value);
    expect(new Set(published.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(events.length);
  },
  120_000,
);
