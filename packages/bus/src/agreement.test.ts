import type { DeadLetter } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { again, REPLAY_OF } from "./again.ts";
import { agrees, placeIn } from "./agreement.ts";
import { deadLetter } from "./parking.ts";
import type { Raw } from "./port.ts";

const header = (name: string, value: string): Raw["headers"][number] => ({ name, value: Buffer.from(value) });
const raw: Raw = {
  topic: "incidents",
  partition: 2,
  offset: 7,
  time: 1000,
  key: "an incident",
  value: Buffer.from([0xff, 0x00, 0xc3, 0x28]),
  headers: [header("ce_id", "x"), header("holdfast-signature", "type key c2ln")],
};
const fault = { errorClass: "undecodable", why: "a test says so", attempts: 1 } as const;
const letter = deadLetter(raw, { group: "policy", holds: true }, fault, 5);

describe("a letter", () => {
  test("agrees with the record that it was made of, in whatever order the headers come", () => {
    expect(agrees(letter, raw)).toBe(true);
    expect(agrees(letter, { ...raw, headers: raw.headers.toReversed() })).toBe(true);
  });
  test.each([
    ["nothing at its place", undefined],
    ["another key", { ...raw, key: "another incident" }],
    ["other bytes", { ...raw, value: Buffer.from("other") }],
    ["no bytes", { ...raw, value: null }],
    ["another time", { ...raw, time: 1001 }],
    ["a header more", { ...raw, headers: [...raw.headers, header("x", "y")] }],
    ["another header", { ...raw, headers: [header("ce_id", "y"), raw.headers[1] ?? header("", "")] }],
  ])("does not agree with %s", (_, record) => expect(agrees(letter, record)).toBe(false));
  test("without a copy agrees with a record that is too large to be copied, and with no other", () => {
    const named: DeadLetter = { ...letter, value: null, headers: [] };
    expect(agrees(named, { ...raw, value: Buffer.alloc(1_000_000) })).toBe(true);
    expect(agrees(named, raw)).toBe(false);
  });
  test("names a place on a topic of ours, and never on dead-letters itself", () => {
    expect(placeIn(letter)).toEqual({ topic: "incidents", partition: 2, offset: 7 });
    expect(placeIn({ ...letter, topic: "dead-letters" })).toBeUndefined();
    expect(placeIn({ ...letter, topic: "secrets" })).toBeUndefined();
  });
});

describe("a replay", () => {
  test("is the same record, byte for byte, and says of which letter it is", () => {
    const { topic, key, value, headers } = raw;
    expect(again(raw, letter.id)).toEqual({ topic, key, value, headers: [...headers, header(REPLAY_OF, letter.id)] });
  });
  test("of a replay names the newest letter alone", () => {
    const once = { ...raw, headers: [...raw.headers, header(REPLAY_OF, "an earlier letter")] };
    expect(again(once, letter.id)?.headers).toEqual([...raw.headers, header(REPLAY_OF, letter.id)]);
  });
  test("there is none of a record without a value", () =>
    expect(again({ ...raw, value: null }, letter.id)).toBeUndefined());
});
