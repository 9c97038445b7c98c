import type { RecordMetadata } from "kafkajs";
import { expect, test } from "vitest";
import { positionsIn } from "./acknowledgement.ts";

const PLACE = { topic: "alerts", partition: 3 } as const;
const ANSWER: RecordMetadata = {
  topicName: "p.alerts",
  partition: 3,
  errorCode: 0,
  baseOffset: "7",
  logAppendTime: "1700000000000",
  logStartOffset: "0",
};

const read = (...answer: readonly RecordMetadata[]): readonly unknown[] => positionsIn(answer, "p.alerts", PLACE, 2);

test("an answer for exactly what was sent says where each record stands, with the broker's time", () => {
  expect(read(ANSWER)).toEqual([
    { ...PLACE, offset: 7, time: 1_700_000_000_000 },
    { ...PLACE, offset: 8, time: 1_700_000_000_000 },
  ]);
});

test.each([
  ["no entry: the client wrote nothing", []],
  ["two entries", [ANSWER, ANSWER]],
  ["another partition", [{ ...ANSWER, partition: 2 }]],
  ["another topic", [{ ...ANSWER, topicName: "p.incidents" }]],
  ["an error", [{ ...ANSWER, errorCode: 45 }]],
  ["no offset", [{ ...ANSWER, baseOffset: "-1" }]],
  ["an offset that is no number", [{ ...ANSWER, baseOffset: "9007199254740993" }]],
  ["the publisher's time", [{ ...ANSWER, logAppendTime: "-1" }]],
])("an answer with %s acknowledges nothing", (_, answer) => {
  expect(() => read(...answer)).toThrow();
});

test("a topic that takes the publisher's time is named, with the setting that mends it", () => {
  expect(() => read({ ...ANSWER, logAppendTime: "-1" })).toThrow(
    "p.alerts takes its time from the publisher and not from the broker: set message.timestamp.type=LogAppendTime",
  );
});
