import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** A folder on the disk under the project: the system's folder for temporary files may be memory, where durable costs nothing. */
export type Folder = Disposable & { readonly path: string };

export function folderOnDisk(): Folder {
  const data = join(dirname(import.meta.dirname), "data");
  mkdirSync(data, { recursive: true });
  const path = mkdtempSync(join(data, "bench-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
