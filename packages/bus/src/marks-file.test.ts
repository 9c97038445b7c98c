import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openMarksFile } from "./marks-file.ts";

const RECORD = { topic: "alerts", partition: 0, offset: 5, time: 0 } as const;

function newFile(): string {
  return join(mkdtempSync(join(tmpdir(), "holdfast-marks-")), "marks");
}

test("several processes may begin on a new file at once", async () => {
  const files = Array.from({ length: 20 }, newFile);
  const module = join(import.meta.dirname, "marks-file.ts");
  const script = `import { openMarksFile } from ${JSON.stringify(module)};
    for (const [index, file] of ${JSON.stringify(files)}.entries()) {
      while (Date.now() < ${Date.now() + 2_000} + 25 * index);
      openMarksFile(file).of("triage", "me");
    }`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], { stdio: "ignore" }),
  );
  const codes = await Promise.all(children.map((child) => once(child, "exit").then(([code]) => Number(code))));
  expect(codes).toEqual([0, 0, 0, 0]);
});

test("nobody but its owner may read it", () => {
  const file = newFile();
  openMarksFile(file).of("triage", "me");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that is damaged is named, with what it is for", () => {
  const file = newFile();
  writeFileSync(file, "not a database, however long it may be");
  expect(() => openMarksFile(file).of("triage", "me")).toThrow(/only counts how often processes ended .* remove it/);
});

test("what a process died of in one bus is nothing against the record that has its place in another", async () => {
  const file = openMarksFile(newFile());
  const dying = file.of("one/triage", "me");
  await dying.begin(RECORD);
  dying.blame();
  expect(await file.of("one/triage", "next").deaths(RECORD)).toMatchObject({ crashes: 1 });
  expect(await file.of("other/triage", "next").deaths(RECORD)).toMatchObject({ crashes: 0 });
});
