import { join } from "node:path";
import { CHECKPOINT_PATH, tilePath } from "@holdfast/log";
import { readFolder } from "@holdfast/log/files";
import { expect, test, vi } from "vitest";
import { flip, publishedLog, SIGNER, temporaryFolder } from "./testing.ts";
import { keepVerifying, verifyStill, type Verdict } from "./verifying.ts";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const ENTRIES = tilePath({ level: "entries", index: 0, width: 3 });

test("a log that is as it was signed verifies, and one changed byte of an entry breaks it", async () => {
  using folder = publishedLog(3);
  const check = { read: readFolder(folder.path), vkey: SIGNER.vkey };
  expect(await verifyStill(check)).toMatchObject({ outcome: "verified", size: 3 });
  flip(join(folder.path, ENTRIES), 40);
  expect(await verifyStill(check)).toMatchObject({ outcome: "broken" });
});

test("a file that was replaced while the log moved on is looked at again, and breaks nothing", async () => {
  using old = publishedLog(3);
  using folder = publishedLog(5);
  const [before, now] = [readFolder(old.path), readFolder(folder.path)];
  let checkpoints = 0;
  const read = (path: string) => (path === CHECKPOINT_PATH && (checkpoints += 1) <= 2 ? before(path) : now(path));
  expect(await verifyStill({ read, vkey: SIGNER.vkey })).toMatchObject({ outcome: "verified", size: 5 });
});

test.each([
  ["a log that verifies is told", "verified"],
  ["damage is told", "broken"],
] as const)("%s while the service runs", async (_, outcome) => {
  using folder = publishedLog(3);
  if (outcome === "broken") flip(join(folder.path, ENTRIES), 40);
  const told: (Verdict | undefined)[] = [];
  using _still = keepVerifying(
    { read: readFolder(folder.path), vkey: SIGNER.vkey },
    { log: silent, verified: (verdict) => void told.push(verdict) },
  );
  await vi.waitFor(() => expect(told).toMatchObject([{ outcome }]));
});

test("files that cannot be read are told as not verified, and never thrown", async () => {
  using folder = temporaryFolder();
  const told: unknown[] = [];
  const read = () => Promise.reject(new Error("the disk is away"));
  using _still = keepVerifying(
    { read, vkey: SIGNER.vkey },
    { log: silent, verified: (verdict) => void told.push(verdict ?? folder.path) },
  );
  await vi.waitFor(() => expect(told).toEqual([folder.path]));
});
