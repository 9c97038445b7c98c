import { Partitioners } from "kafkajs";
import { expect, test } from "vitest";
import { partitionOf } from "../partition.ts";
import { messageOf, rawOf, wholeNumber } from "./records.ts";

const FETCHED = { key: Buffer.from("k"), value: Buffer.from("v"), timestamp: "5", offset: "9" };

test("a key has the partition that Kafka's own clients give it", () => {
  const theirs = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 6 }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  for (let index = 0; index < 500; index++) {
    const key = `incident-${index}-${"é".repeat(index % 5)}`;
    const message = { key: Buffer.from(key), value: null };
    expect(partitionOf(key, 6)).toBe(theirs({ topic: "alerts", partitionMetadata, message }));
  }
});

test("headers of one name keep their order, and those that are no bytes are left out", () => {
  const headers = [
    { name: "a", value: Buffer.from("1") },
    { name: "b", value: Buffer.from("2") },
    { name: "a", value: Buffer.from("3") },
  ];
  const sent = messageOf({ topic: "alerts", key: "k", value: Buffer.from("v"), headers }, 2);
  expect(sent).toMatchObject({ partition: 2, headers: { a: [Buffer.from("1"), Buffer.from("3")] } });
  const inherited = { constructor: [Object as unknown as Buffer, Buffer.from("4")], empty: undefined };
  const raw = rawOf("alerts", 2, { ...FETCHED, headers: { ...sent.headers, ...inherited } });
  expect(raw.headers.map(({ name, value }) => `${name}=${value.toString()}`)).toEqual([
    "a=1",
    "a=3",
    "b=2",
    "constructor=4",
  ]);
});

test("a record without a key or a value is read, and follows from no offset that is not exact", () => {
  expect(rawOf("alerts", 1, { ...FETCHED, key: null, value: null })).toMatchObject({ key: "", value: null, offset: 9 });
  expect(() => wholeNumber("9007199254740993")).toThrow(RangeError);
  expect(() => wholeNumber("many")).toThrow(RangeError);
});
