import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { holdDataFolder } from "./data-folder.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "holdfast-folder-"));

test("a folder that is not there is made, for its owner alone, with those above it", () => {
  const deep = join(folder(), "srv", "holdfast");
  using _held = holdDataFolder(deep);
  expect(statSync(deep).mode & 0o777).toBe(0o700);
});

test("two Holdfasts on one folder are refused, with the folder and the process that holds it", () => {
  const path = folder();
  using _held = holdDataFolder(path);
  expect(() => holdDataFolder(path)).toThrow(
    `Another Holdfast runs on the data folder ${path} (process ${process.pid}). Two would write into each other's records`,
  );
  using _other = holdDataFolder(folder());
});

test("a folder is free again when its holder lets go", () => {
  const path = folder();
  holdDataFolder(path)[Symbol.dispose]();
  using held = holdDataFolder(path);
  expect(held).toBeDefined();
});

test("a folder is free again when its holder is killed", async () => {
  const path = folder();
  const script = `import { holdDataFolder } from ${JSON.stringify(new URL("./data-folder.ts", import.meta.url).href)};
globalThis.held = holdDataFolder(${JSON.stringify(path)});
console.log("held");
setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  expect(() => holdDataFolder(path)).toThrow(`(process ${holder.pid})`);
  holder.kill("SIGKILL");
  await once(holder, "close");
  using held = holdDataFolder(path);
  expect(held).toBeDefined();
}, 30_000);

test("a file in the place of the folder is said to be one", () => {
  const path = join(folder(), "data");
  writeFileSync(path, "");
  expect(() => holdDataFolder(path)).toThrow(
    `The data folder ${path} cannot be used: ${path} is a file, and no folder.`,
  );
  expect(() => holdDataFolder(join(path, "deeper"))).toThrow(`${path} is a file, and no folder.`);
});

test.runIf(existsSync("/proc/self"))("where nothing can be made, that is said at once", () => {
  expect(() => holdDataFolder("/proc/holdfast")).toThrow(/^The data folder \/proc\/holdfast cannot be used: ENOENT/);
});
