import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Where a Holdfast of one command keeps its records. */
export type Folder = { readonly path: string; /** Unless it was to be kept. */ readonly remove: () => void };

/** The sentence that says why not, where a folder to keep has something in it. */
export function openFolder(keep: string | undefined, prefix = "holdfast-demo-"): Folder | string {
  if (keep === undefined) {
    const path = mkdtempSync(join(tmpdir(), prefix));
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
  }
  const path = resolve(keep);
  if (existsSync(path) && readdirSync(path).length > 0)
    return `${path} has something in it, and this begins with nothing: name another folder.`;
  mkdirSync(path, { recursive: true });
  return { path, remove: () => undefined };
}
