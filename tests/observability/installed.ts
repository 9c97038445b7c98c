import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** Debian and Ubuntu have them: apt-get install prometheus prometheus-alertmanager. */
export const MISSING =
  "prometheus and prometheus-alertmanager are not installed, so NOTHING here was tested: apt-get install prometheus prometheus-alertmanager";

export function isInstalled(...names: readonly string[]): boolean {
  return names.every((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/** What cannot be tested is a failure in CI, and said aloud elsewhere. */
export function toolTest(tools: readonly string[]): typeof test {
  const isThere = isInstalled(...tools);
  if (!isThere && process.env["CI"] === "true") test(`${tools.join(", ")} are installed`, () => expect.fail(MISSING));
  else if (!isThere) test.skip(MISSING);
  return isThere ? test : (test.skip as typeof test);
}

/** Runs a tool in a folder; what it said, and whether it was content. */
export function ran(
  folder: string,
  tool: string,
  ...args: readonly string[]
): { readonly ok: boolean; readonly says: string } {
  const { status, stdout, stderr } = spawnSync(tool, args, { cwd: folder, encoding: "utf8" });
  return { ok: status === 0, says: `${stdout}${stderr}` };
}
