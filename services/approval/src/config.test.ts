import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newApprover } from "@holdfast/guard";
import { readSettings } from "@holdfast/service";
import { expect, onTestFinished, test } from "vitest";
import { configOf, type Config } from "./config.ts";

const REAL = "clusters:\n  prod-eu1:\n    namespaces: { shop: prod, shop-dev: dev }\n";
const ana = newApprover("Ana", ["oncall"]);
const WITH_ANA = `approvers:\n- ${JSON.stringify(ana.entry)}\n`;

function config(env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(fileURLToPath(new URL("../../../config/", import.meta.url)), folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const token = join(folder, "approver.token");
  writeFileSync(token, "the-token-of-alice", { mode: 0o600 });
  return configOf(readSettings("approval", { HOLDFAST_CONFIG: folder, HOLDFAST_APPROVER_TOKEN_FILE: token, ...env }));
}

test("alice exists on the sandbox, with her token, and nowhere else", () => {
  expect(config({}).approvers.identify("the-token-of-alice")).toMatchObject({
    subject: "alice",
    roles: ["oncall"],
    level: 1,
  });
  const real = config({ HOLDFAST_CLUSTER: "kubeconfig" }, { "environments.yaml": REAL });
  expect(real.approvers.identify("the-token-of-alice")).toBeUndefined();
});

test("static tokens that would approve in a real production stop the start, unless the operator wrote that they may", () => {
  const env = { HOLDFAST_CLUSTER: "kubeconfig" };
  expect(() => config(env, { "environments.yaml": REAL, "approvers.yaml": WITH_ANA })).toThrow(
    /static tokens.*Nothing was started/,
  );
  const wanted = config(env, { "environments.yaml": `${REAL}staticTokensInProd: true\n`, "approvers.yaml": WITH_ANA });
  expect(wanted.approvers.identify(ana.token)).toMatchObject({ subject: "ana" });
});

test("on the sandbox an inventory with a real cluster stops the start", () => {
  expect(() => config({}, { "environments.yaml": REAL })).toThrow(/prod-eu1.*simulated clusters only/);
});
