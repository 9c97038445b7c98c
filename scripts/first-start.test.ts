import { readSettings } from "@holdfast/service";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareData } from "./first-start.ts";

const settingsOf = (env: Record<string, string> = {}) =>
  readSettings("start", { HOLDFAST_DATA: mkdtempSync(join(tmpdir(), "holdfast-start-")), ...env });
const namesIn = (folder: string): readonly string[] => readdirSync(folder).toSorted();

test("the first start makes every secret of the sandbox, for its owner alone, and the public keys beside them", () => {
  const settings = settingsOf();
  prepareData(settings);
  const secrets = join(settings.HOLDFAST_DATA, "secrets");
  expect(namesIn(secrets)).toEqual([
    "approval.key",
    "approver.sha256",
    "approver.token",
    "audit.key",
    "audit.token",
    "executor.key",
    "intake.token",
    "policy-close.key",
    "policy-open.key",
    "sandbox-executor.token",
    "sandbox-policy.token",
    "sandbox-triage.token",
  ]);
  expect(statSync(secrets).mode & 0o777).toBe(0o700);
  for (const name of namesIn(secrets))
    expect([name, statSync(join(secrets, name)).mode & 0o777]).toEqual([name, 0o600]);
  expect(namesIn(settings.HOLDFAST_PUBLIC_KEYS)).toEqual([
    "approval.pub",
    "audit.pub",
    "executor.pub",
    "policy-close.pub",
    "policy-open.pub",
  ]);
  for (const name of namesIn(settings.HOLDFAST_PUBLIC_KEYS))
    expect(readFileSync(join(settings.HOLDFAST_PUBLIC_KEYS, name), "utf8")).not.toContain("PRIVATE");
});

test("who only observes a real cluster gets no key that opens, none of the executor, and nothing of the sandbox", () => {
  const settings = settingsOf({ HOLDFAST_CLUSTER: "kubeconfig" });
  prepareData(settings);
  expect(namesIn(join(settings.HOLDFAST_DATA, "secrets"))).toEqual([
    "approval.key",
    "audit.key",
    "audit.token",
    "intake.token",
    "policy-close.key",
  ]);
});

test("a later start changes nothing, and brings back a lost public key", () => {
  const settings = settingsOf();
  const publicKey = join(settings.HOLDFAST_PUBLIC_KEYS, "audit.pub");
  const all = (): readonly string[] =>
    ["secrets", "keys"].flatMap((folder) =>
      namesIn(join(settings.HOLDFAST_DATA, folder)).map((name) =>
        readFileSync(join(settings.HOLDFAST_DATA, folder, name), "utf8"),
      ),
    );
  prepareData(settings);
  const before = all();
  rmSync(publicKey);
  prepareData(settings);
  expect(all()).toEqual(before);
});

test("a lost private key is not replaced in silence", () => {
  const settings = settingsOf();
  prepareData(settings);
  rmSync(settings.HOLDFAST_AUDIT_KEY_FILE);
  expect(() => prepareData(settings)).toThrow(/audit\.key is missing, and its public key .*audit\.pub is there/);
});

test("a secret that somebody keeps elsewhere is not made here", () => {
  const elsewhere = join(
    tmpdir(),
    `holdfast-elsewhere-${generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x}`,
  );
  const settings = settingsOf({ HOLDFAST_AUDIT_KEY_FILE: elsewhere });
  prepareData(settings);
  expect(statSync(elsewhere, { throwIfNoEntry: false })).toBeUndefined();
  expect(namesIn(settings.HOLDFAST_PUBLIC_KEYS)).not.toContain("audit.pub");
});
