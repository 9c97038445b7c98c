import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { takeLock } from "./lock.ts";
import { standBy } from "./stand-by.ts";

const path = join(mkdtempSync(join(tmpdir(), "stand-by-")), "writer.lock");
const { signal } = new AbortController();

test("a second audit stands by, says so once, and takes the log over when the writer ends", async () => {
  const writer = takeLock(path);
  let said = 0;
  const second = standBy(
    () => takeLock(path),
    signal,
    () => (said += 1),
  );
  await expect.poll(() => said).toBe(1);
  await expect(
    standBy(
      () => takeLock(path),
      AbortSignal.timeout(700),
      () => undefined,
    ),
  ).rejects.toThrow(/abort|timeout/i);
  writer[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  expect(said).toBe(1);
});

test("a log that may not go on is no reason to stand by", async () => {
  const open = (): never => {
    throw new Error("the store is damaged");
  };
  await expect(standBy(open, signal, () => undefined)).rejects.toThrow("the store is damaged");
});
