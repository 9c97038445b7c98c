import { readSettings } from "@holdfast/service";
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HANDED, handOut } from "./hand-out.ts";

const VOLUMES: Readonly<Record<string, readonly string[]>> = HANDED;
const holders = (name: string): readonly string[] =>
  Object.keys(VOLUMES).filter((volume) => VOLUMES[volume]?.includes(name) === true);

test("each volume gets its secrets, for their owner alone, and a second run changes nothing", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-hand-out-"));
  const settings = readSettings("start", { HOLDFAST_DATA: join(folder, "init") });
  const out = join(folder, "out");
  const all = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(VOLUMES).flatMap(([volume, names]) =>
        names.map((name) => [`${volume}/${name}`, readFileSync(join(out, volume, name), "utf8")]),
      ),
    );
  handOut(settings, out);
  const first = all();
  handOut(settings, out);
  expect(all()).toEqual(first);
  for (const [volume, names] of Object.entries(VOLUMES)) {
    expect([volume, readdirSync(join(out, volume)).toSorted()]).toEqual([volume, names.toSorted()]);
    for (const name of names) expect(statSync(join(out, volume, name)).mode & 0o777).toBe(0o600);
  }
  expect(first["approval/approver.token"]).toBe(first["person/approver.token"]);
  const keys = readdirSync(join(out, "keys"));
  expect(keys.toSorted()).toEqual(["approval.pub", "audit.pub", "executor.pub", "policy-close.pub", "policy-open.pub"]);
  for (const name of keys) expect(readFileSync(join(out, "keys", name), "utf8")).not.toContain("PRIVATE");
});

test("a signing key is one service's, and so is a password but for the broker's", () => {
  for (const key of ["approval.key", "policy-open.key", "policy-close.key", "executor.key", "audit.key"])
    expect([key, holders(key)]).toEqual([key, [key.replace(/(-\w+)?\.key$/, "")]]);
  for (const service of ["intake", "triage", "policy", "approval", "executor", "audit"])
    expect(holders(`kafka-${service}.password`)).toEqual([service, "kafka"]);
  expect(holders("kafka-admin.password")).toEqual(["kafka", "operator"]);
});
