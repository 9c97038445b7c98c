import { readdirSync } from "node:fs";
import type { Action } from "./action.ts";

/** Every file of the folder `catalogue` is one action: adding an action is adding its file. */
const FOLDER = new URL("catalogue/", import.meta.url);

async function discovered(): Promise<ReadonlyMap<string, Action>> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  const actions = await Promise.all(files.toSorted().map(actionOf));
  const found = new Map(actions.map((action) => [action.name, action]));
  if (found.size === 0 || found.size !== actions.length)
    throw new Error("The catalogue of actions is empty, or two of its files have one name.");
  return found;
}

async function actionOf(file: string): Promise<Action> {
  const loaded: unknown = await import(/* @vite-ignore */ new URL(file, FOLDER).href);
  if (!isEntry(loaded) || loaded.action.name !== file.slice(0, -".ts".length).replaceAll("-", "_"))
    throw new Error(`The file ${file} of the catalogue exports no action of its own name.`);
  return loaded.action;
}

function isEntry(loaded: unknown): loaded is { readonly action: Action } {
  return (
    typeof loaded === "object" &&
    loaded !== null &&
    "action" in loaded &&
    typeof loaded.action === "object" &&
    loaded.action !== null &&
    "plan" in loaded.action &&
    "name" in loaded.action
  );
}

/** The closed catalogue: what is not here can be neither drafted nor done. */
export const catalogue: ReadonlyMap<string, Action> = await discovered();

export function actionNamed(name: string): Action | undefined {
  return catalogue.get(name);
}
