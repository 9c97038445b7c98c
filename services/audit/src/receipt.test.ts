import { checkReceipt, openSigner, parseVkey } from "@holdfast/log";
import { describe, expect, test } from "vitest";
import { makeReceipt } from "./receipt.ts";
import { KEY, RECORDED_AT, SIGNER, openLog, publishedLog, rawRecords } from "./testing.ts";

const VKEY = SIGNER.vkey;

describe("a receipt", () => {
  const verifier = parseVkey(VKEY);
  const held = { topic: "alerts", partition: 0, offset: 4, value: Buffer.from("value 4") };

  test("is made once a checkpoint covers the record, and proves it to whoever holds the record and the key", () => {
    using folder = publishedLog(9);
    using log = openLog(folder.path);
    log.store.append(rawRecords(1, { offset: 9 }), RECORDED_AT);
    expect(
      makeReceipt({ topic: "alerts", partition: 0, offset: 9 }, log.store, log.publisher.latest()),
    ).toBeUndefined();
    log.publisher.publish();
    expect(makeReceipt({ topic: "alerts", partition: 0, offset: 9 }, log.store, log.publisher.latest())).toMatchObject({
      index: 9,
      size: 10,
    });
    const receipt: unknown = JSON.parse(JSON.stringify(makeReceipt(held, log.store, log.publisher.latest())));
    expect(checkReceipt(receipt, held, verifier)).toEqual({ outcome: "receipted", index: 4, size: 10 });
  });

  test.each([
    ["another value", { value: Buffer.from("value 5") }, "another value"],
    ["no value", { value: null }, "another value"],
    ["another offset", { offset: 5 }, "the receipt is for alerts/0/4"],
    ["another topic", { topic: "executions" }, "the receipt is for alerts/0/4"],
    ["another partition", { partition: 1 }, "the receipt is for alerts/0/4"],
  ])("for %s is refused", (_, changed, because) => {
    using folder = publishedLog(9);
    using log = openLog(folder.path);
    const receipt = makeReceipt(held, log.store, log.publisher.latest());
    expect(checkReceipt(receipt, { ...held, ...changed }, verifier)).toMatchObject({
      outcome: "refused",
      because: expect.stringContaining(because),
    });
  });

  test("that was forged is refused: another log's key, an entry of one's own, a borrowed proof, no receipt at all", () => {
    using folder = publishedLog(9);
    using log = openLog(folder.path);
    const receipt = makeReceipt(held, log.store, log.publisher.latest());
    const other = makeReceipt({ ...held, offset: 5 }, log.store, log.publisher.latest());
    expect(checkReceipt(receipt, held, parseVkey(openSigner("example.com/stranger", KEY).vkey))).toMatchObject({
      outcome: "refused",
    });
    expect(checkReceipt({ ...receipt, entry: other?.entry }, held, verifier)).toMatchObject({ outcome: "refused" });
    expect(checkReceipt({ ...receipt, proof: other?.proof }, held, verifier)).toMatchObject({ outcome: "refused" });
    for (const nothing of [undefined, null, "", {}, { entry: 1 }])
      expect(checkReceipt(nothing, held, verifier)).toEqual({
        outcome: "refused",
        because: "the receipt is malformed",
      });
  });
});
