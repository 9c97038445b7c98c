import { existsSync, globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { TOPICS } from "../schemas/src/topics.ts";
import { isTest, sources } from "./sources.ts";

// What a reader counts on and no tool checks: sizes, names, and documents that do not rot.

const LINES_MAX = 400;
const MEDIAN_LINES_MAX = 100;
const MAIN_LINES_MAX = 100;
const BANNED_NAME = /(^|[-./])(utils?|common|helpers?|managers?|misc)([-./]|$)/;
const FOLDERS = "schemas|packages|services|cli|console|sandbox|config|deploy|scripts|tests|evals|bench|docs|.ci";
const PATH = new RegExp(`^(${FOLDERS})/[\\w./*{},-]*$`);
const FILE = /^[\w.-]+\.(md|json|ya?ml|mjs|ts|avsc|cedar)$/;
const MACHINE_PATH = /(?<![\w.])\/(work|tmp|root|home|Users)\//;
const REGISTRY = "https://registry.npmjs.org/";

type Package = { readonly optionalDependencies?: Readonly<Record<string, string>>; readonly resolved?: string };

const code = sources().filter(({ path }) => !/\/generated[^/]*\.ts$/.test(path));
const tracked = globSync(["*", ".ci/*", `{${FOLDERS.replaceAll("|", ",")}}/**`], { exclude: ["**/node_modules/**"] });
const documents = ["README.md", ...globSync("docs/**/*.md")].map((path) => ({ path, text: read(path) }));
const lock = JSON.parse(read("package-lock.json")) as { readonly packages: Readonly<Record<string, Package>> };

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function lines(text: string): number {
  return text.split("\n").length - 1;
}

describe("sizes and names", () => {
  test("there is code to measure", () => {
    expect(code.length).toBeGreaterThan(50);
  });

  test(`no file has more than ${LINES_MAX} lines`, () => {
    expect(code.filter(({ text }) => lines(text) > LINES_MAX).map(({ path }) => path)).toEqual([]);
  });

  test(`half of the source files have fewer than ${MEDIAN_LINES_MAX} lines`, () => {
    const sizes = code.filter(({ path }) => !isTest(path)).map(({ text }) => lines(text));
    expect(sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)]).toBeLessThan(MEDIAN_LINES_MAX);
  });

  test(`a service is wired in fewer than ${MAIN_LINES_MAX} lines`, () => {
    const mains = code.filter(({ path }) => /^services\/\w+\/src\/main\.ts$/.test(path));
    expect(mains).toHaveLength(6);
    expect(mains.filter(({ text }) => lines(text) >= MAIN_LINES_MAX).map(({ path }) => path)).toEqual([]);
  });

  test("a file is named for what it does", () => {
    expect(tracked.filter((path) => BANNED_NAME.test(path))).toEqual([]);
    expect(["src/utils.ts", "src/bus-helper.ts", "common/x.ts"].every((path) => BANNED_NAME.test(path))).toBe(true);
    expect(BANNED_NAME.test("src/alertmanager.ts")).toBe(false);
  });
});

function spansOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}

/** The paths of this project that a document names, in code spans and in links. */
function named(document: { readonly path: string; readonly text: string }): readonly string[] {
  const prose = document.text.replaceAll(/^```[\s\S]*?^```/gm, "");
  const spans = spansOf(prose).flatMap((span) => span.split(/\s+/));
  const links = [...prose.matchAll(/\]\(([^)#\s]+)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^\w+:/.test(link));
  const fromRoot = links.map((link) => posix.join(posix.dirname(document.path), link));
  return [...spans.filter((word) => PATH.test(word) || FILE.test(word)), ...fromRoot];
}

/** A word in capitals stands for any name; a file without a folder may be anywhere. */
function exists(path: string): boolean {
  if (FILE.test(path)) return tracked.some((file) => posix.basename(file) === path);
  return globSync(path.replaceAll(/\b[A-Z]{2,}\b(?!\.md)/g, "*")).length > 0;
}

describe("documents", () => {
  test("the project has a README, an architecture, a style and decisions", () => {
    const wanted = ["README.md", "docs/ARCHITECTURE.md", "docs/STYLE.md", "docs/decisions/001-toolchain.md"];
    expect(wanted.filter((path) => read(path) === "")).toEqual([]);
  });

  test.each(documents)("every path that $path names exists", (document) => {
    expect(named(document).filter((path) => !exists(path))).toEqual([]);
  });

  test("paths are found in documents, and one that is missing is seen", () => {
    const text = "See `scripts/run.mjs`, `services/NAME/package.json` and [this](decisions/000-missing.md).";
    const found = named({ path: "docs/x.md", text });
    expect(found.map((path) => [path, exists(path)])).toEqual([
      ["scripts/run.mjs", true],
      ["services/NAME/package.json", true],
      ["docs/decisions/000-missing.md", false],
    ]);
    expect(documents.flatMap(named).length).toBeGreaterThan(10);
  });

  test("every command, every script of npm and every folder is in a table of the README", () => {
    const cells = new Set([...read("README.md").matchAll(/^\|.*\|$/gm)].flatMap(([row]) => spansOf(row)));
    const commands = globSync("cli/src/commands/*.ts").filter((path) => !isTest(path));
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: object };
    const folders = [...globSync("{packages,services}/*"), ...FOLDERS.split("|").filter((path) => existsSync(path))];
    const wanted = [
      ...commands.map((path) => posix.basename(path, ".ts")),
      ...Object.keys(scripts),
      ...folders.filter((path) => !["packages", "services", ".ci"].includes(path)),
    ];
    expect(wanted.length).toBeGreaterThan(40);
    expect(wanted.filter((name) => !cells.has(name))).toEqual([]);
  });

  test("no document names a path of somebody's machine", () => {
    expect(documents.filter(({ text }) => MACHINE_PATH.test(text)).map(({ path }) => path)).toEqual([]);
    expect(MACHINE_PATH.test("`/home/me/x`")).toBe(true);
  });
});

describe("topics", () => {
  const fixtures = globSync("schemas/**/{valid,invalid}/*");

  test("there are eleven", () => {
    expect(TOPICS).toHaveLength(11);
  });

  test.each(TOPICS)("%s is in the README, and has a schema and fixtures, valid and invalid", (topic) => {
    expect(read("README.md")).toMatch(new RegExp(`(?<![\\w.-])${topic}(?![\\w-]|\\.\\w)`));
    expect(existsSync(`schemas/${topic}/v1.avsc`)).toBe(true);
    const kinds = fixtures.filter((path) => path.split("/").includes(topic)).map((path) => path.split("/").at(-2));
    expect(new Set(kinds)).toEqual(new Set(["valid", "invalid"]));
  });
});

describe("package-lock.json", () => {
  /** Where npm looks for a package that `from` needs: in its own folder, then in each above it. */
  function isLocked(from: string, name: string): boolean {
    const folders = from
      .split("/node_modules/")
      .map((_, index, parts) => parts.slice(0, index + 1).join("/node_modules/"));
    return ["", ...folders].some((folder) => posix.join(folder, "node_modules", name) in lock.packages);
  }

  test("every optional dependency has an entry of its own, so that npm ci passes on every platform", () => {
    const wanted = Object.entries(lock.packages).flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => ({ from, name })),
    );
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter(({ from, name }) => !isLocked(from, name))).toEqual([]);
    expect(isLocked("node_modules/vite", "a-package-that-is-not-there")).toBe(false);
  });

  test("no registry but npm's own stands in it", () => {
    const resolved = Object.values(lock.packages).flatMap((entry) => entry.resolved ?? []);
    expect(resolved.filter((where) => /^\w+:/.test(where) && !where.startsWith(REGISTRY))).toEqual([]);
  });
});
