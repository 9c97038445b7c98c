import { readFileSync } from "node:fs";
import { join } from "node:path";

import { openGuard } from "./guard.ts";
import type { Guard } from "./guard.ts";
import { openInventory } from "./inventory.ts";
import type { Inventory } from "./inventory.ts";
import { openLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { openWindows } from "./windows.ts";
import type { Windows } from "./windows.ts";

export type Loaded = {
  readonly guard: Guard;
  readonly windows: Windows;
  readonly inventory: Inventory;
  readonly limits: Limits;
};

/** For main files only: the guard of a folder such as `config`. Everything is read once, so that all of it is of one moment. */
export function loadGuard(folder: string): Loaded {
  const files = {
    cedar: join(folder, "guard.cedar"),
    windows: join(folder, "windows.yaml"),
    inventory: join(folder, "environments.yaml"),
    limits: join(folder, "limits.yaml"),
  };
  const texts = {
    cedar: readConfig(files.cedar),
    windows: readConfig(files.windows),
    inventory: readConfig(files.inventory),
    limits: readConfig(files.limits),
    tz: zoneData(),
  };
  const limits = openLimits(texts.limits, files.limits);
  return {
    guard: openGuard(texts, files),
    windows: openWindows(texts.windows, limits.skewSeconds, files.windows),
    inventory: openInventory(texts.inventory, files.inventory),
    limits,
  };
}

export function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(
      `${path} cannot be read. Nothing is decided without it, so nothing was started. Put it there, or name another with the setting for it.`,
      { cause },
    );
  }
}

function zoneData(): string {
  const version = process.versions["tz"];
  if (version === undefined)
    throw new Error(
      "This Node has no time zone data, so no window can be judged. Nothing was started. Use a Node with full ICU.",
    );
  return version;
}
