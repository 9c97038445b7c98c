import { readdirSync } from "node:fs";
import type { Tool } from "./tool.ts";

const FOLDER = new URL("./tools/", import.meta.url);

/** Every file of the folder is a read tool. @throws where one is not, or there is none. */
export async function loadTools(): Promise<readonly Tool[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  if (files.length === 0)
    throw new Error("There is no tool in services/triage/src/tools, so a model could read nothing.");
  return Promise.all(files.toSorted().map(load));
}

async function load(file: string): Promise<Tool> {
  const module: { readonly tool?: Tool } = await import(new URL(file, FOLDER).href);
  const { tool } = module;
  if (tool?.name !== file.slice(0, -".ts".length).replaceAll("-", "_"))
    throw new Error(`services/triage/src/tools/${file} must export a tool of its own name.`);
  return tool;
}
