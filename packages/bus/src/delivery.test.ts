import { PARTITIONS } from "@holdfast/schemas";
import { sample, testCodec } from "@holdfast/schemas/testing";
import { expect, test } from "vitest";
import { readDelivery } from "./delivery.ts";
import { partitionOf } from "./partition.ts";
import type { Raw } from "./port.ts";

const codec = testCodec();
const event = sample("incidents", "opened");
const partition = partitionOf(event.incident, PARTITIONS);
const { value, headers } = codec.write("incidents", event);
const raw: Raw = { topic: "incidents", partition, offset: 0, time: 0, key: event.incident, value, headers };

test("a record is taken under the key that its event names, in the partition of that key", () =>
  expect(readDelivery(codec, ["incidents"], raw)).toMatchObject({ outcome: "valid", delivery: { event } }));

test("a genuine record under another key is taken by nobody", () =>
  expect(readDelivery(codec, ["incidents"], { ...raw, key: "another" })).toMatchObject({ outcome: "unverified" }));

test("a genuine record that somebody wrote into another partition is taken by nobody", () => {
  for (let other = 0; other < PARTITIONS; other += 1)
    if (other !== partition)
      expect(readDelivery(codec, ["incidents"], { ...raw, partition: other })).toMatchObject({ outcome: "unverified" });
});
