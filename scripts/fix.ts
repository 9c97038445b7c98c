import { spawnSync } from "node:child_process";

/** npm run fix: what the tools can mend by themselves. */

for (const command of [["oxfmt"], ["oxlint", "--type-aware", "--fix"], ["oxfmt"]]) {
  const { status } = spawnSync(process.execPath, ["scripts/run.mjs", ...command], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
