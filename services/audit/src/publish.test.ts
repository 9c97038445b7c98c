import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { consistencyPath, isConsistent, verifyLog, type Tree } from "@holdfast/log";
import { openValues, readFolder } from "@holdfast/log/files";
import { describe, expect, test } from "vitest";
import { RECORDED_AT, SIGNER, flip, openLog, publishedLog, rawRecord, rawRecords, temporaryFolder } from "./testing.ts";

const VKEY = SIGNER.vkey;
const COUNT = 300;

describe("publishing", () => {
  test("everything published verifies from the static files and the key alone", async () => {
    using folder = publishedLog(COUNT);
    expect(await verifyLog({ read: readFolder(folder.path), vkey: VKEY })).toMatchObject({
      outcome: "verified",
      size: COUNT,
      records: COUNT,
      gaps: [],
      positions: [{ topic: "alerts", partition: 0, next: COUNT }],
    });
  });

  test("the tiles of a full row replace the partial ones", () => {
    using folder = temporaryFolder();
    using log = openLog(folder.path);
    log.store.append(rawRecords(255), RECORDED_AT);
    log.publisher.publish();
    expect(existsSync(join(folder.path, "tile/0/000.p/255"))).toBe(true);
    log.store.append(rawRecords(2, { offset: 255 }), RECORDED_AT);
    log.publisher.publish();
    expect(existsSync(join(folder.path, "tile/0/000"))).toBe(true);
    expect(existsSync(join(folder.path, "tile/0/000.p"))).toBe(false);
    expect(existsSync(join(folder.path, "tile/0/001.p/1"))).toBe(true);
  });

  test("any two checkpoints are consistent, through restarts", () => {
    using folder = temporaryFolder();
    const trees: Tree[] = [];
    for (let round = 0; round < 12; round += 1) {
      using log = openLog(folder.path);
      log.store.append(rawRecords(1 + round * 7, { offset: log.store.size() }), RECORDED_AT);
      trees.push(log.publisher.publish());
    }
    using log = openLog(folder.path);
    for (const second of trees) {
      for (const first of trees.filter(({ size }) => size <= second.size)) {
        expect(isConsistent(first, second, consistencyPath(first.size, second.size, log.store.nodeAt))).toBe(true);
      }
    }
  });

  test("gaps are verified and reported as gaps, values are checked against their commitments", async () => {
    using folder = temporaryFolder();
    using log = openLog(folder.path);
    log.store.append(
      [...rawRecords(3), rawRecord({ offset: 9, headers: [{ name: "large", value: Buffer.alloc(70_000) }] })],
      RECORDED_AT,
    );
    log.publisher.publish();
    using values = openValues(join(folder.path, "store.db"));
    expect(await verifyLog({ read: readFolder(folder.path), vkey: VKEY, values: values.read })).toMatchObject({
      outcome: "verified",
      size: 5,
      records: 4,
      gaps: [{ topic: "alerts", partition: 0, offset: 3, until: 9, index: 3 }],
      valuesChecked: 5,
    });
  });

  test("a log with nothing in it is not verified", async () => {
    using folder = temporaryFolder();
    expect(await verifyLog({ read: readFolder(folder.path), vkey: VKEY })).toMatchObject({ outcome: "nothing" });
    using log = openLog(folder.path);
    log.publisher.publish();
    expect(await verifyLog({ read: readFolder(folder.path), vkey: VKEY })).toMatchObject({ outcome: "nothing" });
  });
});

describe("the start is refused", () => {
  test("with a store restored from a backup", () => {
    using folder = publishedLog(10);
    using backup = temporaryFolder();
    cpSync(folder.path, backup.path, { recursive: true });
    {
      using log = openLog(folder.path);
      log.store.append(rawRecords(5, { offset: 10 }), RECORDED_AT);
      log.publisher.publish();
    }
    cpSync(join(backup.path, "store.db"), join(folder.path, "store.db"));
    expect(() => openLog(folder.path)).toThrow(
      "the store has 10 entries, and the checkpoint covers 15: the store was restored from a backup",
    );
  });

  test("with a restored store that has grown past the checkpoint again", () => {
    using folder = publishedLog(10);
    using other = temporaryFolder();
    {
      using log = openLog(other.path);
      log.store.append(rawRecords(20, { key: "another" }), RECORDED_AT);
    }
    cpSync(join(other.path, "store.db"), join(folder.path, "store.db"));
    expect(() => openLog(folder.path)).toThrow(
      "the first 10 entries of the store are not those that the checkpoint covers",
    );
  });

  test("with a lost checkpoint, or a lost store", () => {
    using folder = publishedLog(10);
    rmSync(join(folder.path, "checkpoint"));
    expect(() => openLog(folder.path)).toThrow("the checkpoint in");
    rmSync(join(folder.path, "store.db"));
    expect(() => openLog(folder.path)).toThrow("although the log has begun (0 entries in the store)");
    using other = publishedLog(10);
    rmSync(join(other.path, "store.db"));
    expect(() => openLog(other.path)).toThrow("the store has 0 entries, and the checkpoint covers 10");
  });

  test("with another key, or a damaged checkpoint", () => {
    using folder = publishedLog(10);
    flip(join(folder.path, "checkpoint"), 30);
    expect(() => openLog(folder.path)).toThrow(
      "is not this log's: the signature of example.com/holdfast/audit is wrong",
    );
  });

  test("a published file that the store would now write differently stops the publishing", () => {
    using folder = publishedLog(10);
    using log = openLog(folder.path);
    log.store.append(rawRecords(1, { offset: 10 }), RECORDED_AT);
    writeFileSync(join(folder.path, "tile/0/000.p/11"), "something else");
    expect(() => log.publisher.publish()).toThrow("was published with other content than the store gives now");
  });
});
