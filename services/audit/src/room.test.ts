import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isFull, openRoom } from "./room.ts";
import { openStore, type Store } from "./store.ts";
import { rawRecords, temporaryFolder } from "./testing.ts";

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const signal = new AbortController().signal;
const FULL = /its disk is full\. Nothing is lost/;

/** SQLite says of a file that may not grow what it says of a disk that is full. */
function limit(store: Store, pages: number): void {
  store.database.exec(`PRAGMA max_page_count = ${pages}`);
}

describe("a full disk", () => {
  test("keeps the log from being ready, and once there is room it goes on by itself with nothing lost or said twice", async () => {
    using folder = temporaryFolder();
    using store = openStore(join(folder.path, "store.sqlite"));
    const room = openRoom(store.touch, quiet, signal);
    limit(store, 1);
    const written = room.once(() => store.append(rawRecords(300), 1));
    expect(room.check).toThrow(FULL);
    expect(store.size()).toBe(0);
    limit(store, 1_000_000);
    expect(await written).toMatchObject({ appended: 300, repeated: 0 });
    expect(room.check).not.toThrow();
    expect(store.size()).toBe(300);
  });

  test("is found by looking, also where nothing is to be recorded", () => {
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const room = openRoom(
      () => {
        throw full;
      },
      quiet,
      signal,
    );
    expect(room.check).toThrow(FULL);
  });

  test("is told from every other failure, which is not tried again", async () => {
    using folder = temporaryFolder();
    using store = openStore(join(folder.path, "store.sqlite"));
    const room = openRoom(store.touch, quiet, signal);
    store.append(rawRecords(2), 1);
    const other = rawRecords(2, { time: 7 });
    expect(isFull(new Error("disk is full"))).toBe(false);
    await expect(room.once(() => store.append(other, 1))).rejects.toThrow(/came again with other content/);
    await expect(room.once(() => store.append(rawRecords(1, { offset: 2 }), 1))).rejects.toThrow(/the log has stopped/);
  });
});
