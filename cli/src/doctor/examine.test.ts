import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { painter } from "../terminal.ts";
import { bad, note, warn, well } from "./check.ts";
import { loadChecks } from "./checks.ts";
import { examined, report } from "./examine.ts";
import { readExposition } from "./exposition.ts";
import { missing, readable } from "./settings.ts";
import type { Site } from "./site.ts";

const plain = painter(false, undefined);
const site = { world: { signal: new AbortController().signal } } as unknown as Site;

test("every file of the folder is a check, in an order of their own", async () => {
  const checks = await loadChecks();
  expect(checks).toHaveLength(readdirSync(new URL("checks/", import.meta.url)).length);
  expect(new Set(checks.map(({ rank }) => rank)).size).toBe(checks.length);
});

test("a check that throws is a finding, and holds no other", async () => {
  const checks = [
    { name: "broken", rank: 0, run: () => Promise.reject(new Error("no such file")) },
    { name: "sound", rank: 1, run: () => [well("it is sound")] },
  ];
  expect(await examined(site, checks)).toMatchObject([
    { name: "broken", findings: [{ mark: "bad", says: expect.stringContaining("no such file") }] },
    { name: "sound", findings: [{ mark: "well" }] },
  ]);
});

test("marks are aligned, the fix stands under what is not well, and what hides is made visible", () => {
  const findings = [
    well("is well"),
    note("not looked at", "Look."),
    warn("\u001b[2Jis odd", "Mend it."),
    bad("is broken", "Now."),
  ];
  expect(report([{ name: "thing", findings }], plain).join("\n")).toMatchInlineSnapshot(`
    "ok    thing      is well
    note  thing      not looked at
                     -> Look.
    warn  thing      \\u{1b}[2Jis odd
                     -> Mend it.
    FAIL  thing      is broken
                     -> Now.

    1 to mend now, 1 to look at, 1 not looked at or not set."
  `);
});

test("a setting that nothing would start with is left out and told, and a secret is not quoted", () => {
  const { env, problems } = readable({
    PATH: "/bin",
    HOLDFAST_INTAKE_PROT: "1",
    HOLDFAST_MODE: "acting",
    HOLDFAST_NOTIFY_SLACK_URL: "hooks.slack.example/SECRET",
    HOLDFAST_AUDIT_PORT: "7002",
  });
  expect(env).toEqual({ PATH: "/bin", HOLDFAST_AUDIT_PORT: "7002" });
  expect(problems.map(({ name }) => name)).toEqual([
    "HOLDFAST_INTAKE_PROT",
    "HOLDFAST_MODE",
    "HOLDFAST_NOTIFY_SLACK_URL",
  ]);
  expect(JSON.stringify(problems)).not.toContain("SECRET");
});

test("what a service would miss is told once, however many miss it", () => {
  expect(missing({})).toEqual([]);
  expect(missing({ HOLDFAST_CLUSTER: "kubeconfig", HOLDFAST_MODE: "act" }).join(" ")).toMatch(
    /HOLDFAST_EXECUTOR_KUBECONFIG is missing/,
  );
});

test("a metrics page is read by name and label, and what is no sample is left out", () => {
  const page = readExposition('# HELP x y\nx{a="1",b="two \\"2\\""} 3\nx 4.5e1\n\nnonsense here {\n');
  expect(page.of("x")).toEqual([
    { labels: { a: "1", b: 'two \\"2\\"' }, value: 3 },
    { labels: {}, value: 45 },
  ]);
  expect([page.sum("x"), page.sum("y")]).toEqual([48, 0]);
});
