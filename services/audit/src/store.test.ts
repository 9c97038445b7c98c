import { ENTRY_BYTES_MAX, WHOLE_HEADER, growing, leafHash, readEntry, rootAt, sha256, wholeOf } from "@holdfast/log";
import { encodeEntry } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { recordLeaf } from "./entries.ts";
import { openStore, type Store } from "./store.ts";
import { RECORDED_AT, rawRecord, rawRecords } from "./testing.ts";

function entriesOf(store: Store): readonly ReturnType<typeof readEntry>[] {
  return store.entries(0, store.size()).map(readEntry);
}

describe("appending", () => {
  test("records each record once, in order, with its value and where to go on", () => {
    using store = openStore(":memory:");
    const batch = [...rawRecords(3), ...rawRecords(2, { topic: "executions", partition: 5 })];
    expect(store.append(batch, RECORDED_AT)).toEqual({ size: 5, appended: 5, repeated: 0, gaps: [] });
    expect(entriesOf(store).map((entry) => `${entry?.topic}/${entry?.partition}/${entry?.offset}`)).toEqual([
      "alerts/0/0",
      "alerts/0/1",
      "alerts/0/2",
      "executions/5/0",
      "executions/5/1",
    ]);
    expect(store.positions()).toEqual([
      { topic: "alerts", partition: 0, next: 3 },
      { topic: "executions", partition: 5, next: 2 },
    ]);
    expect(store.value(sha256(Buffer.from("value 1")))?.toString()).toBe("value 1");
    expect(store.indexOf("executions", 5, 1)).toBe(4);
    const tree = growing();
    for (const entry of store.entries(0, 5)) tree.add(leafHash(entry));
    expect(rootAt(5, store.nodeAt)).toEqual(tree.root());
  });

  test("a repeated record adds nothing, whenever it comes", () => {
    using store = openStore(":memory:");
    store.append(rawRecords(5), RECORDED_AT);
    expect(store.append(rawRecords(7), RECORDED_AT + 1)).toMatchObject({ size: 7, appended: 2, repeated: 5 });
    expect(store.append([rawRecord({ offset: 6 }), rawRecord({ offset: 0 })], RECORDED_AT)).toMatchObject({
      size: 7,
      repeated: 2,
    });
  });

  test.each([
    ["value", { value: Buffer.from("another") }],
    ["key", { key: "another" }],
    ["time", { time: 1 }],
    ["headers", { headers: [{ name: "a", value: Buffer.from("b") }] }],
  ])("a record that comes again with another %s stops the log, and nothing of its batch is kept", (_, changed) => {
    using store = openStore(":memory:");
    store.append(rawRecords(3), RECORDED_AT);
    expect(() => store.append([rawRecord({ offset: 3 }), rawRecord({ offset: 1, ...changed })], RECORDED_AT)).toThrow(
      "alerts/0/1 came again with other content than was recorded (entry 1)",
    );
    expect(store.size()).toBe(3);
    expect(() => store.append([rawRecord({ offset: 3 })], RECORDED_AT)).toThrow(
      "the log has stopped after an earlier error",
    );
  });

  test("missing offsets become a gap entry, and the record that shows them follows it", () => {
    using store = openStore(":memory:");
    store.append(rawRecords(2), RECORDED_AT);
    expect(store.append([rawRecord({ offset: 7 })], RECORDED_AT)).toEqual({
      size: 4,
      appended: 2,
      repeated: 0,
      gaps: [{ topic: "alerts", partition: 0, offset: 2, until: 7, index: 2 }],
    });
    expect(entriesOf(store)[2]).toMatchObject({ kind: "gap", offset: 2, gapUntil: 7, valueCommit: null });
    expect(store.positions()).toEqual([{ topic: "alerts", partition: 0, next: 8 }]);
  });

  test("a partition that does not begin at 0 begins with a gap", () => {
    using store = openStore(":memory:");
    expect(store.append(rawRecords(1, { offset: 100 }), RECORDED_AT).gaps).toEqual([
      { topic: "alerts", partition: 0, offset: 0, until: 100, index: 0 },
    ]);
  });

  test("a record that appears inside a recorded gap stops the log", () => {
    using store = openStore(":memory:");
    store.append(rawRecords(1, { offset: 5 }), RECORDED_AT);
    expect(() => store.append([rawRecord({ offset: 0 })], RECORDED_AT)).toThrow("came again with other content");
    using other = openStore(":memory:");
    other.append(rawRecords(1, { offset: 5 }), RECORDED_AT);
    expect(() => other.append([rawRecord({ offset: 3 })], RECORDED_AT)).toThrow("(as missing)");
  });

  test("a record without a value is recorded as such", () => {
    using store = openStore(":memory:");
    store.append([rawRecord({ value: null })], RECORDED_AT);
    expect(entriesOf(store)[0]).toMatchObject({ valueLength: null, valueCommit: null, schemaFingerprint: null });
  });

  test("headers are sorted by name and keep their order within a name; the fingerprint is that of the value's prefix", () => {
    const headers = ["b1", "a1", "b2"].map((text) => ({ name: text.charAt(0), value: Buffer.from(text) }));
    const { entry } = recordLeaf(
      rawRecord({ headers, value: Buffer.from("c30101020304050607080a", "hex") }),
      RECORDED_AT,
    );
    expect(entry.headers.map(({ value }) => value.toString())).toEqual(["a1", "b1", "b2"]);
    expect(entry.schemaFingerprint?.toString("hex")).toBe("0102030405060708");
  });
});

describe("an entry", () => {
  const withHeaderOf = (length: number) => rawRecord({ headers: [{ name: "large", value: Buffer.alloc(length, 1) }] });
  const fitting = ENTRY_BYTES_MAX - (recordLeaf(withHeaderOf(60_000), RECORDED_AT).bytes.length - 60_000);

  test("of 65,535 bytes is stored as it is", () => {
    const leaf = recordLeaf(withHeaderOf(fitting), RECORDED_AT);
    expect(leaf.bytes).toHaveLength(65_535);
    expect(leaf.entry.headers[0]?.name).toBe("large");
  });

  test("of one byte more commits to its key and headers, and keeps them among the values", () => {
    using store = openStore(":memory:");
    const record = withHeaderOf(fitting + 1);
    store.append([record], RECORDED_AT);
    const [entry] = entriesOf(store);
    expect(entry).toMatchObject({ key: null, offset: 0, valueCommit: sha256(record.value ?? Buffer.of()) });
    const whole = entry === undefined ? undefined : wholeOf(entry);
    const bytes = whole === undefined ? undefined : store.value(whole);
    expect(bytes).toHaveLength(65_536);
    expect(bytes === undefined ? undefined : readEntry(bytes)).toMatchObject({
      key: Buffer.from("key"),
      headers: record.headers,
    });
    expect(store.append([record], RECORDED_AT + 5)).toMatchObject({ repeated: 1 });
  });

  test("cannot pretend to be such a short one: a record with the reserved header goes the same way", () => {
    const forged = rawRecord({ headers: [{ name: WHOLE_HEADER, value: Buffer.alloc(32) }] });
    const { entry, values } = recordLeaf(forged, RECORDED_AT);
    expect(entry.headers).toEqual([{ name: WHOLE_HEADER, value: sha256(values[1] ?? Buffer.of()) }]);
  });

  test("is read back exactly", () => {
    const { entry, bytes } = recordLeaf(rawRecord({ offset: 12 }), RECORDED_AT);
    expect(encodeEntry(readEntry(bytes) ?? entry)).toEqual(bytes);
  });
});

describe("the store refuses", () => {
  test.each([
    ["an update", "UPDATE leaf SET entry = x'00' WHERE idx = 1", "append-only"],
    ["a deletion", "DELETE FROM leaf WHERE idx = 2", "append-only"],
    ["a replacement by place", "INSERT OR REPLACE INTO leaf VALUES (3, 'alerts', 0, 1, x'00', x'00')", "append-only"],
    [
      "a replacement by index",
      "INSERT OR REPLACE INTO leaf VALUES (2, 'alerts', 0, 9, x'00', x'00')",
      "not the next index",
    ],
    [
      "an index that does not follow",
      "INSERT INTO leaf VALUES (5, 'alerts', 0, 9, x'00', x'00')",
      "not the next index",
    ],
    ["a replaced subtree", "INSERT OR REPLACE INTO node VALUES (0, 1, x'00')", "append-only"],
    ["a changed subtree", "UPDATE node SET hash = x'00'", "append-only"],
    ["a deleted value", "DELETE FROM value", "append-only"],
    ["a replaced value", "INSERT OR REPLACE INTO value SELECT hash, x'00' FROM value", "append-only"],
  ])("%s", (_, sql, because) => {
    using store = openStore(":memory:");
    store.append(rawRecords(3), RECORDED_AT);
    expect(() => store.database.exec(sql)).toThrow(because);
    expect(store.size()).toBe(3);
  });
});
