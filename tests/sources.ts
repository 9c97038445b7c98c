import { globSync, readFileSync } from "node:fs";

/** Every TypeScript file of this project, with its text: what the rules about the code are checked on. */

export type Source = { readonly path: string; readonly text: string };

const FOLDERS = "{schemas,packages,services,cli,console,sandbox,scripts,tests,bench,evals,deploy}";

export function sources(): readonly Source[] {
  const paths = globSync([`${FOLDERS}/**/*.ts`, "*.ts"], { exclude: ["**/node_modules/**"] });
  return paths.toSorted().map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** The name of each workspace, and its folder. */
export function workspaces(): ReadonlyMap<string, string> {
  const files = globSync([
    "schemas/package.json",
    "{packages,services}/*/package.json",
    "{cli,console,sandbox}/package.json",
  ]);
  return new Map(
    files.map((file) => {
      const { name } = JSON.parse(readFileSync(file, "utf8")) as { name: string };
      return [name, file.slice(0, -"/package.json".length)];
    }),
  );
}

export function isTest(path: string): boolean {
  return /\.(test|kafka)\.ts$/.test(path) || /^(tests|bench|evals)\//.test(path);
}
