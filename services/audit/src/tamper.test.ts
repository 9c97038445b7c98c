import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { leafHash, openSigner, signCheckpoint, verifyLog } from "@holdfast/log";
import { openValues, readFolder } from "@holdfast/log/files";
import { describe, expect, test } from "vitest";
import { checkStore } from "./check-store.ts";
import { openStore } from "./store.ts";
import { KEY, RECORDED_AT, SIGNER, flip, openLog, publishedLog, rawRecords, temporaryFolder } from "./testing.ts";

const VKEY = SIGNER.vkey;
const COUNT = 300;
const zero = Buffer.alloc(32);

async function verdictOn(folder: string): Promise<string> {
  const verdict = await verifyLog({ read: readFolder(folder), vkey: VKEY });
  return verdict.outcome === "broken" ? `${verdict.where}: ${verdict.because}` : verdict.outcome;
}

/** Writes into a store as somebody with the file in hand can, past every trigger. */
function tamper(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, "store.db"));
  for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all())
    database.exec(`DROP TRIGGER ${String(name)}`);
  database.exec(sql);
  database.close();
}

describe("a changed public file is named", () => {
  const cases: readonly (readonly [string, (folder: string) => void, string])[] = [
    [
      "an entry",
      (folder) =>
        flip(join(folder, "tile/entries/000"), readFileSync(join(folder, "tile/entries/000")).readUInt16BE(0) - 8),
      "entry 0 (alerts/0/0) in tile/entries/000: it is not the entry that was recorded",
    ],
    [
      "an entry of the partial bundle",
      (folder) =>
        flip(join(folder, "tile/entries/001.p/44"), readFileSync(join(folder, "tile/entries/001.p/44")).length - 10),
      "entry 299 (alerts/0/299) in tile/entries/001.p/44: it is not the entry that was recorded",
    ],
    [
      "a tile",
      (folder) => flip(join(folder, "tile/0/000"), 32 * 7),
      "tile/0/000: its hash of entry 7 is not that of the entry",
    ],
    [
      "a tile above",
      (folder) => flip(join(folder, "tile/1/000.p/1"), 3),
      "tile/1/000.p/1: its hash 0 is not that of the entries below it",
    ],
    [
      "entry and tile together",
      (folder) => {
        flip(join(folder, "tile/entries/001.p/44"), 40);
        const bundle = readFileSync(join(folder, "tile/entries/001.p/44"));
        const tile = readFileSync(join(folder, "tile/0/001.p/44"));
        leafHash(bundle.subarray(2, 2 + bundle.readUInt16BE(0))).copy(tile);
        writeFileSync(join(folder, "tile/0/001.p/44"), tile);
      },
      "checkpoint: its root is not the root of the 300 entries",
    ],
    [
      "the size in the checkpoint",
      (folder) =>
        writeFileSync(
          join(folder, "checkpoint"),
          readFileSync(join(folder, "checkpoint"), "utf8").replace("\n300\n", "\n299\n"),
        ),
      "checkpoint: the signature of example.com/holdfast/audit is wrong",
    ],
    [
      "a checkpoint of another key",
      (folder) =>
        writeFileSync(
          join(folder, "checkpoint"),
          signCheckpoint({ size: 300, root: zero }, openSigner("example.com/stranger", KEY)),
        ),
      "checkpoint: the note is not signed by the key",
    ],
    [
      "a checkpoint of another tree",
      (folder) => writeFileSync(join(folder, "checkpoint"), signCheckpoint({ size: 300, root: zero }, SIGNER)),
      "checkpoint: its root is not the root of the 300 entries",
    ],
    [
      "a missing bundle",
      (folder) => rmSync(join(folder, "tile/entries/001.p"), { recursive: true }),
      "tile/entries/001.p/44: it is not there, and the checkpoint covers it",
    ],
    [
      "a missing tile above",
      (folder) => rmSync(join(folder, "tile/1"), { recursive: true }),
      "tile/1/000.p/1: it is not there",
    ],
    [
      "a bundle cut short",
      (folder) => truncateSync(join(folder, "tile/entries/000"), 5_000),
      "tile/entries/000: it does not hold exactly 256 whole entries",
    ],
    [
      "a tile cut short",
      (folder) => truncateSync(join(folder, "tile/0/000"), 320),
      "tile/0/000: it does not hold exactly 256 hashes",
    ],
    [
      "a bundle with more in it",
      (folder) => writeFileSync(join(folder, "tile/entries/001.p/44"), Buffer.of(0, 1, 7), { flag: "a" }),
      "tile/entries/001.p/44: it does not hold exactly 44 whole entries",
    ],
  ];
  test.each(cases)("%s", async (_, change, named) => {
    using folder = publishedLog(COUNT);
    expect(await verdictOn(folder.path)).toBe("verified");
    change(folder.path);
    expect(await verdictOn(folder.path)).toContain(named);
  });

  test("history that was rewritten and signed again is seen by whoever kept an earlier checkpoint", async () => {
    using kept = publishedLog(COUNT);
    const earlier = readFileSync(join(kept.path, "checkpoint"));
    using rewritten = temporaryFolder();
    using log = openLog(rewritten.path);
    log.store.append(rawRecords(COUNT + 10, { key: "another" }), RECORDED_AT);
    log.publisher.publish();
    expect(await verifyLog({ read: readFolder(rewritten.path), vkey: VKEY, earlier })).toMatchObject({
      outcome: "broken",
      where: "checkpoint",
      because: expect.stringContaining("history was rewritten"),
    });
    using shorter = publishedLog(20);
    expect(await verifyLog({ read: readFolder(shorter.path), vkey: VKEY, earlier })).toMatchObject({
      outcome: "broken",
      because: expect.stringContaining("cut short or restored"),
    });
    expect(await verifyLog({ read: readFolder(kept.path), vkey: VKEY, earlier })).toMatchObject({
      outcome: "verified",
    });
  });

  test("a signed log whose offsets are not dense is named although every hash is right", async () => {
    using folder = publishedLog(3);
    tamper(folder.path, "UPDATE pos SET next = 5");
    using log = openLog(folder.path);
    log.store.append(rawRecords(1, { offset: 5 }), RECORDED_AT);
    log.publisher.publish();
    expect(await verdictOn(folder.path)).toBe(
      "entry 3 (alerts/0/5) in tile/entries/000.p/4: it has offset 5 where 3 must follow",
    );
  });

  test.each([
    [
      "changed",
      "UPDATE value SET bytes = x'00' WHERE bytes = CAST('value 2' AS BLOB)",
      "the stored value is not the one it commits to",
    ],
    ["missing", "DELETE FROM value WHERE bytes = CAST('value 2' AS BLOB)", "is not in the store"],
  ])("a value that is %s", async (_, sql, named) => {
    using folder = publishedLog(3);
    tamper(folder.path, sql);
    using values = openValues(join(folder.path, "store.db"));
    expect(await verifyLog({ read: readFolder(folder.path), vkey: VKEY, values: values.read })).toMatchObject({
      outcome: "broken",
      where: "entry 2 (alerts/0/2) in tile/entries/000.p/3",
      because: expect.stringContaining(named),
    });
  });
});

describe("a changed store is named", () => {
  test("an unchanged one has nothing to name", () => {
    using folder = publishedLog(COUNT);
    using store = openStore(join(folder.path, "store.db"));
    expect(checkStore(store)).toBeUndefined();
  });

  test.each([
    [
      "entry",
      "UPDATE leaf SET entry = (SELECT entry FROM leaf WHERE idx = 7) WHERE idx = 6",
      "entry 6 (alerts/0/6) of the store",
    ],
    ["hash of an entry", "UPDATE leaf SET hash = zeroblob(32) WHERE idx = 6", "entry 6 (alerts/0/6) of the store"],
    ["place", "UPDATE leaf SET part = 4 WHERE idx = 6", "entry 6 (alerts/4/6) of the store"],
    [
      "node of an entry",
      "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND idx = 9",
      "entry 9 (alerts/0/9) of the store",
    ],
    ["subtree", "UPDATE node SET hash = zeroblob(32) WHERE level = 3 AND idx = 5", "subtree 5 of level 3 of the store"],
    ["removed subtree", "DELETE FROM node WHERE level = 2 AND idx = 1", "subtree 1 of level 2 of the store"],
    ["position moved forward", "UPDATE pos SET next = 301", "the position of alerts/0"],
    ["position moved back", "UPDATE pos SET next = 2", "the position of alerts/0"],
    ["removed position", "DELETE FROM pos", "the position of alerts/0"],
    ["invented position", "INSERT INTO pos VALUES ('executions', 1, 4)", "the position of executions/1"],
  ])("%s", (_, sql, where) => {
    using folder = publishedLog(COUNT);
    tamper(folder.path, sql);
    using store = openStore(join(folder.path, "store.db"));
    expect(checkStore(store)).toMatchObject({ outcome: "broken", where });
  });

  test("a changed entry that is not yet published is never published", () => {
    using folder = publishedLog(3);
    {
      using store = openStore(join(folder.path, "store.db"));
      store.append(rawRecords(2, { offset: 3 }), RECORDED_AT);
    }
    tamper(folder.path, "UPDATE leaf SET entry = x'00' WHERE idx = 4");
    using log = openLog(folder.path);
    expect(() => log.publisher.publish()).toThrow("entry 4 of the store was changed after it was recorded");
  });
});
