import { Kafka, CompressionCodecs, CompressionTypes, logLevel } from "kafkajs";
import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { brokerForTests } from "../../../../tests/kafka/testing.ts";
import { openWorld, until } from "../contract/world.ts";
import { kafkaAt, placeOf } from "./contract-adapter.ts";

/** A writer who may write one topic, and compresses what every reader of it would have to unpack. */

const broker = await brokerForTests();
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { readonly buffer: Buffer }) => zstdCompressSync(buffer),
  decompress: async (bytes: Buffer) => bytes,
});

test.skipIf(broker === undefined)(
  "a record in a compression that readers do not have stops nobody, and one that unpacks to more than a record may have is refused",
  async () => {
    await using world = await openWorld(kafkaAt(broker ?? ""));
    const client = new Kafka({ brokers: [broker ?? ""], logLevel: logLevel.NOTHING });
    const producer = client.producer({ retry: { retries: 0 } });
    await producer.connect();
    const topic = `${placeOf(world.place).prefix}alerts`;
    const send = (compression: CompressionTypes, value: Buffer): Promise<unknown> =>
      producer.send({ topic, compression, messages: [{ key: "k", value, partition: 0 }] });
    const packed = (): Promise<boolean> =>
      send(CompressionTypes.ZSTD, Buffer.from("packed")).then(
        () => true,
        () => false, // a new topic has no leader for a moment
      );
    await until(packed);
    const bomb = send(CompressionTypes.GZIP, Buffer.alloc(16 * 1024 * 1024));
    await expect(bomb).rejects.toMatchObject({ type: "MESSAGE_TOO_LARGE" });
    await producer.disconnect();
    const bus = await world.open();
    const read: string[] = [];
    const onBatch = async (batch: readonly { readonly value: Buffer | null }[]): Promise<void> =>
      void read.push(...batch.map(({ value }) => String(value)));
    await using _following = bus.follow(["alerts"], [], onBatch);
    await until(() => read.length > 0);
    expect(read).toEqual(["packed"]);
  },
  60_000,
);
