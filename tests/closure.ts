import { existsSync, globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { isTest, workspaces } from "./sources.ts";

/** What a process loads at run time, from its entry on: which workspaces of ours, and which packages each of them imports. */
export type Closure = {
  readonly files: readonly string[];
  readonly workspaces: ReadonlySet<string>;
  /** Packages of others by the workspace that imports them. */
  readonly packages: ReadonlyMap<string, ReadonlySet<string>>;
};

const folders = workspaces();
const isTesting = (path: string): boolean => isTest(path) || /\/testing[^/]*(\/|\.ts$)/.test(path);

export function folderOf(path: string): string {
  return [...folders.values()].find((folder) => path.startsWith(`${folder}/`)) ?? path.split("/")[0] ?? "";
}

/** What the types alone need is gone before Node loads a file; what stands in braces stays, as an import of nothing. */
function importsOf(text: string): readonly string[] {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const statements = code.matchAll(/^\s*(?:import|export)\s(?!type\b)(?:[^"'`;]*?\bfrom\s)?\s*["']([^"']+)["']/gm);
  const expressions = code.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...statements, ...expressions].map((match) => match[1] ?? "");
}

/** A catalogue loads every file of the folder that has its own name. */
function loadedBy(path: string, text: string): readonly string[] {
  if (!/\bimport\(\s*(?:\/\*.*?\*\/\s*)?new URL\(/.test(text)) return [];
  const folder = path.replace(/\.ts$/, "");
  return globSync(`${folder}/*.ts`).filter((file) => !isTesting(file));
}

/** The file of ours that an import leads to; nothing for a package of others. */
function fileOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const name = specifier.split("/").slice(0, 2).join("/");
  const folder = folders.get(name);
  if (folder === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
    readonly exports?: Readonly<Record<string, string>>;
  };
  const file = exports?.[`.${specifier.slice(name.length)}`];
  if (file === undefined) throw new Error(`${from} imports ${specifier}, which ${folder} does not export`);
  return posix.join(folder, file);
}

export function closureOf(entry: string): Closure {
  const seen = new Set<string>();
  const packages = new Map<string, Set<string>>();
  const wanted = [entry];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    if (!path.endsWith(".ts")) continue;
    if (!existsSync(path)) throw new Error(`${path} is imported and is not there`);
    const text = readFileSync(path, "utf8");
    for (const specifier of importsOf(text)) {
      const file = fileOf(path, specifier);
      if (file !== undefined) wanted.push(file);
      if (file !== undefined && folderOf(file) === folderOf(path)) continue;
      if (specifier.startsWith("node:") || specifier.startsWith(".")) continue;
      const name = specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/");
      packages.set(folderOf(path), (packages.get(folderOf(path)) ?? new Set()).add(name));
    }
    wanted.push(...loadedBy(path, text));
  }
  return { files: [...seen], workspaces: new Set([...seen].map(folderOf)), packages };
}

/** What a workspace declares that it needs at run time. */
export function dependenciesOf(folder: string): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  return Object.keys(dependencies);
}

/** The folders that npm installs for a workspace: its own, and those of every workspace that it depends on. */
export function installedFor(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  const wanted = [folder];
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    wanted.push(...dependenciesOf(next).flatMap((name) => folders.get(name) ?? []));
  }
  return found;
}
