import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";

/** Adding an action touches its own file, and nothing else: shown on a copy, and by who knows an action's name. */

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "holdfast-actions-"));
  cpSync(join(ROOT, "packages/actions/src"), join(copy, "src"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function listed(): readonly string[] {
  const script = `const { rbac } = await import("./src/rbac.ts"); console.log(JSON.stringify([...rbac.keys()]));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: copy, encoding: "utf8" });
  return JSON.parse(said) as readonly string[];
}

test("one new file in the catalogue is an action, with its arguments and its rights", () => {
  const before = listed();
  expect(before).toEqual([...catalogue.keys()]);
  const text = readFileSync(join(copy, "src/catalogue/uncordon-node.ts"), "utf8");
  writeFileSync(join(copy, "src/catalogue/drain-node.ts"), text.replace('"uncordon_node"', '"drain_node"'));
  expect(listed()).toEqual([...before, "drain_node"].toSorted());
});

test("but for the story of the demo, whoever plans, judges, approves, acts or shows knows no action by its name", () => {
  const places =
    "{packages,services/{intake,policy,approval,executor,audit},cli,console,schemas,config}/**/*.{ts,cedar,yaml}";
  const files = globSync(places, {
    cwd: ROOT,
    exclude: ["**/node_modules/**", "cli/src/demo/**", "**/*.test.ts", "**/catalogue/*.ts"],
  });
  expect(files.length).toBeGreaterThan(100);
  const named = files.filter((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return [...catalogue.keys()].some((name) => text.includes(name));
  });
  expect(named.filter((file) => !/\/testing[^/]*(\/|\.ts$)/.test(file))).toEqual([]);
});

test("an action knows no other but the one that undoes it", () => {
  const others = [...catalogue.keys()].flatMap((name) => {
    const text = readFileSync(new URL(`catalogue/${name.replaceAll("_", "-")}.ts`, import.meta.url), "utf8");
    return [...catalogue.keys()]
      .filter((other) => other !== name && text.includes(`"${other}"`))
      .map((other) => [name, other]);
  });
  const pairs = new Map(others.map(([name = "", other = ""]) => [name, other]));
  expect(pairs.size).toBe(others.length);
  expect([...pairs].filter(([name, other]) => pairs.get(other) !== name)).toEqual([]);
});
