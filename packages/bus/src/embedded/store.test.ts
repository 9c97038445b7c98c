import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { alert, codecOf, newPems } from "../contract/events.ts";
import { openEmbedded } from "../embedded.ts";
import type { Bus } from "../port.ts";
import { openStore } from "./store.ts";

const codec = codecOf(newPems());

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bus-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "bus.sqlite");
}

async function published(file: string, count: number): Promise<void> {
  await using bus: Bus = await openEmbedded({ file, codec, service: "test" });
  for (let index = 0; index < count; index++)
    await bus.publish("alerts", "00000000000000aa", alert("00000000000000aa", index));
}

test("a file that is no bus stops the start, with the file's name and what to do", async () => {
  const file = newFile();
  writeFileSync(file, "this is a letter to my aunt, and not a database at all ".repeat(100));
  await expect(openEmbedded({ file, codec, service: "test" })).rejects.toThrow(
    /bus\.sqlite is damaged.*put a backup in its place/,
  );
});

test("a file with a damaged page stops the start", async () => {
  const file = newFile();
  await published(file, 200);
  const db = new DatabaseSync(file);
  const rootPage = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'record'").get()?.["rootpage"]);
  const pageSize = Number(db.prepare("PRAGMA page_size").get()?.["page_size"]);
  db.close();
  spawnSync("dd", [
    "if=/dev/urandom",
    `of=${file}`,
    `bs=${pageSize}`,
    `seek=${rootPage - 1}`,
    "count=1",
    "conv=notrunc",
  ]);
  await expect(openEmbedded({ file, codec, service: "test" })).rejects.toThrow("is damaged");
});

test("a folder that is not there stops the start with a sentence", async () => {
  const file = join(newFile(), "nowhere", "bus.sqlite");
  await expect(openEmbedded({ file, codec, service: "test" })).rejects.toThrow("its folder must exist");
});

test("nobody but its owner may read the file, nor what stands beside it", async () => {
  const file = newFile();
  await using bus = await openEmbedded({ file, codec, service: "test" });
  await bus.writable();
  await bus.subscribe(["alerts"], "triage", async () => undefined, {
    concurrency: 1,
    exclusive: true,
    parked: "hold-key",
  });
  for (const each of ["", "-wal", "-shm", "-bell", "-marks", "-marks-wal"].map((end) => `${file}${end}`))
    expect(statSync(each).mode & 0o777).toBe(0o600);
});

test("a file with another number of partitions is refused: its keys stand elsewhere", () => {
  const file = newFile();
  openStore(file, 6).close();
  expect(() => openStore(file, 12)).toThrow("has partitions 6 where 12 is expected");
});

test("a record cannot be changed, removed, replaced or put out of order, whoever opens the file", async () => {
  const file = newFile();
  await published(file, 2);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA recursive_triggers = ON");
  const insert =
    "INTO record(topic, partition, offset, time, key, value, headers) SELECT topic, partition, ?, time, key, value, headers FROM record LIMIT 1";
  expect(() => db.exec("UPDATE record SET time = 0")).toThrow("append-only");
  expect(() => db.exec("DELETE FROM record")).toThrow("append-only");
  expect(() => db.prepare(`INSERT OR REPLACE ${insert}`).run(0)).toThrow("skipped or taken");
  expect(() => db.prepare(`INSERT ${insert}`).run(7)).toThrow("skipped or taken");
  db.close();
});

test("when the disk takes no more, publishing rejects, what was acknowledged is there, and later it goes on", async () => {
  const file = newFile();
  const child = fileURLToPath(new URL("./full-disk.child.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(
    "bash",
    ["-c", `ulimit -f 1024; exec "$0" "$1" "$2"`, process.execPath, child, file],
    { encoding: "utf8" },
  );
  const [acknowledged, sentence, writable] = stdout.trim().split("\n");
  expect(stderr).toBe("");
  expect(Number(acknowledged)).toBeGreaterThan(10);
  expect(sentence).toContain("could not write to the disk");
  expect(writable).toContain("cannot be written");

  await using bus = await openEmbedded({ file, codec, service: "test" });
  let found = 0;
  await using view = bus.follow(["alerts"], [], async (batch) => void (found += batch.length));
  await view.caughtUp;
  expect(found).toBeGreaterThanOrEqual(Number(acknowledged));
  const { offset } = await bus.publish("alerts", "00000000000000aa", alert("00000000000000aa", 1));
  expect(offset).toBe(found);
});
