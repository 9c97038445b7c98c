import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { openApprovers } from "./approvers.ts";
import { assertSandboxOnly, openInventory } from "./inventory.ts";
import { loadGuard, readConfig } from "./load.ts";
import { openWindows } from "./windows.ts";

const CONFIG = fileURLToPath(new URL("../../../config", import.meta.url));
const text = (name: string): string => readConfig(`${CONFIG}/${name}`);

/** The example that a file carries in its comment, as a person would take it over. */
function exampleIn(file: string, start: string): string {
  const lines = file.split("\n");
  const first = lines.indexOf(start);
  expect(first).toBeGreaterThan(-1);
  const length = lines.slice(first).findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(first, first + length)
    .map((line) => line.slice(2))
    .join("\n");
}

test("the files as shipped open, for the sandbox and with nobody in the table", () => {
  const { guard, inventory, limits } = loadGuard(CONFIG);
  expect(guard.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(limits.approveByMinutes).toEqual({ pod: 15, wider: 30 });
  expect(() => assertSandboxOnly(inventory)).not.toThrow();
  expect(
    ["shop", "payments", "prod-shop", "other"].map((namespace) => inventory.environmentOf("sandbox", namespace)),
  ).toEqual(["dev", "dev", "prod", "prod"]);
  expect(inventory.environmentOf("sandbox")).toBe("prod");
  expect(openApprovers(text("approvers.yaml")).entries).toEqual([]);
});

test("as shipped no window is open, and nothing is frozen", () => {
  const { windows } = loadGuard(CONFIG);
  const now = {
    env: "dev",
    cluster: "sandbox",
    namespace: "shop",
    from: 1_800_000_000_000,
    to: 1_800_000_060_000,
  } as const;
  expect([windows.inMaintenance(now), windows.inFreeze(now)]).toEqual([false, false]);
});

test("the example windows can be taken over as they are", () => {
  const example = exampleIn(text("windows.yaml"), "#   windows:").replaceAll(/^ {2}/gm, "");
  const windows = openWindows(example, 30);
  const saturday = Date.parse("2026-11-21T02:00:00+01:00");
  const christmas = Date.parse("2026-12-24T18:00:00Z");
  const shop = { env: "prod", cluster: "prod-eu1", namespace: "shop" } as const;
  expect(windows.inMaintenance({ ...shop, from: saturday, to: saturday })).toBe(true);
  expect(windows.inFreeze({ ...shop, from: christmas, to: christmas })).toBe(true);
});

test("the example cluster can be taken over as it is", () => {
  const cluster = exampleIn(text("environments.yaml"), "#   prod-eu1:");
  expect(openInventory(`clusters:\n${cluster}`).environmentOf("prod-eu1", "shop")).toBe("prod");
});

test("the example approver opens nothing until the hash of a token is put in", () => {
  const example = exampleIn(text("approvers.yaml"), "# approvers:");
  expect(() => openApprovers(example)).toThrow("64 lower-case hexadecimal digits");
  expect(openApprovers(example.replace(/"\(64 .*\)"/, `"${"0a".repeat(32)}"`)).find("ana-ruiz")?.name).toBe("Ana Ruiz");
});

test("a file that is not there stops the start with a sentence that names it", () => {
  expect(() => loadGuard("/nowhere")).toThrow("/nowhere/guard.cedar cannot be read. Nothing is decided without it");
});

test.each(["guard.cedar", "windows.yaml", "environments.yaml", "limits.yaml"])(
  "a broken %s is named where it stands",
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-config-"));
    cpSync(CONFIG, folder, { recursive: true });
    writeFileSync(join(folder, name), "");
    expect(() => loadGuard(folder)).toThrow(join(folder, name));
  },
);

test("what is wrong with an inventory for the sandbox is said of the file where it stands", () => {
  const inventory = openInventory("clusters: {}", "/etc/holdfast/environments.yaml");
  expect(() => assertSandboxOnly(inventory)).toThrow("Add the sandbox to /etc/holdfast/environments.yaml.");
});
