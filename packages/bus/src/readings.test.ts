import { expect, test } from "vitest";
import type { Codec, Header, Topic } from "@holdfast/schemas";
import { openReadings } from "./readings.ts";

const VALUE = Buffer.from("the bytes");
const SIGNED: readonly Header[] = [{ name: "holdfast-signature", value: Buffer.from("one") }];

/** Says how often it was asked, and answers each time with something new. */
function counting(): { readonly codec: Codec; readonly asked: () => number } {
  let asked = 0;
  const read = ((topic: Topic) => {
    asked += 1;
    return { outcome: "undecodable", why: `${topic} ${asked}` };
  }) as Codec["read"];
  const unused = (): never => {
    throw new Error("only reading is asked for");
  };
  return { codec: { read, write: unused, open: unused }, asked: () => asked };
}

function twice() {
  const { codec, asked } = counting();
  const readings = openReadings(codec);
  readings.viewed(["approvals", "alerts"]);
  return { read: readings.worked(["approvals", "alerts"]).read, asked };
}

test("what was read once is not verified again for the second reader, and no third one relies on it", () => {
  const { read, asked } = twice();
  const first = read("approvals", VALUE, SIGNED);
  expect(read("approvals", Buffer.from(VALUE), SIGNED)).toBe(first);
  expect(asked()).toBe(1);
  expect(read("approvals", VALUE, SIGNED)).not.toBe(first);
});

test.each([
  ["another topic", "alerts", VALUE, SIGNED],
  ["another value", "approvals", Buffer.from("other bytes"), SIGNED],
  ["another signature", "approvals", VALUE, [{ name: "holdfast-signature", value: Buffer.from("two") }]],
  ["no signature", "approvals", VALUE, []],
  ["a header that moved into the value", "approvals", Buffer.concat([Buffer.from("one"), VALUE]), []],
] as const)("%s is read on its own", (_, topic, value, headers) => {
  const { read, asked } = twice();
  read("approvals", VALUE, SIGNED);
  read(topic, value, headers);
  expect(asked()).toBe(2);
});

test("a topic that nobody works on is not kept", () => {
  const { codec, asked } = counting();
  const { read } = openReadings(codec).viewed(["approvals"]);
  read("approvals", VALUE, SIGNED);
  read("approvals", VALUE, SIGNED);
  expect(asked()).toBe(2);
});

test("what the second reader never asks for does not pile up", () => {
  const { read, asked } = twice();
  for (let index = 0; index < 513; index += 1) read("approvals", Buffer.from(String(index)), SIGNED);
  read("approvals", Buffer.from("0"), SIGNED);
  expect(asked()).toBe(514);
});

test("what is large is read twice rather than kept", () => {
  const { read, asked } = twice();
  for (let time = 0; time < 2; time += 1) read("approvals", Buffer.alloc(32 * 1024 + 1), SIGNED);
  expect(asked()).toBe(2);
});
