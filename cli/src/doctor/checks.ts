import { readdirSync } from "node:fs";
import type { Check } from "./check.ts";

const FOLDER = new URL("./checks/", import.meta.url);

/** Every file of the folder is a check. @throws where one is not, or there is none. */
export async function loadChecks(): Promise<readonly Check[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  if (files.length === 0) throw new Error("There is no check in cli/src/doctor/checks, so nothing could be examined.");
  const checks = await Promise.all(files.map(load));
  return checks.toSorted((a, b) => a.rank - b.rank);
}

async function load(file: string): Promise<Check> {
  const module: { readonly check?: Check } = await import(new URL(file, FOLDER).href);
  const { check } = module;
  if (check?.name !== file.slice(0, -".ts".length))
    throw new Error(`cli/src/doctor/checks/${file} must export a check of its own name.`);
  return check;
}
