import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSecret } from "./secrets.ts";

function file(text: string, mode = 0o600): string {
  const path = join(mkdtempSync(join(tmpdir(), "holdfast-secret-")), "it");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test("a secret is read without the line end that an editor leaves", () => {
  expect(readSecret(file("swordfish\n"))).toBe("swordfish");
});

test("a secret that a group may read is read: Kubernetes mounts them so", () => {
  expect(readSecret(file("swordfish", 0o440))).toBe("swordfish");
});

test("a secret that everybody may read is refused, without being quoted", () => {
  const path = file("swordfish", 0o644);
  expect(() => readSecret(path)).toThrow(
    `Every user of this machine can read the secret file ${path}. Run: chmod 600 ${path}`,
  );
});

test("a missing and an empty secret are refused", () => {
  expect(() => readSecret("/nowhere/it")).toThrow(/does not exist/);
  expect(() => readSecret(file(" \n"))).toThrow(/is empty/);
});
