import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** npm run check: every check of this project. A failing one stops none of the others; the last line counts them all. */

type Step = { readonly name: string; readonly command: readonly string[] };
type Ended = { readonly ok: boolean; readonly output: string };
type Count = { readonly passed: number; readonly failed: number };

const STEPS: readonly Step[] = [
  { name: "types", command: ["tsc"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "format", command: ["oxfmt", "--check"] },
  { name: "unused code", command: ["knip", "--no-config-hints"] },
];

const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "false";

const counts: Count[] = [];
for (const step of STEPS) counts.push(await runStep(step));
counts.push(await runTests());
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

async function runStep(step: Step): Promise<Count> {
  const start = performance.now();
  const { ok, output } = await run(step.command, "pipe");
  report(step.name, ok, start);
  if (!ok) console.log(output);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runTests(): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-check-"));
  const file = join(folder, "tests.json");
  const start = performance.now();
  const { ok } = await run(
    ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
    "inherit",
  );
  const count = countTests(file, ok);
  rmSync(folder, { recursive: true });
  report("tests", count.failed === 0, start);
  return count;
}

/** A test file that could not start, an error outside any test and, in CI, a test that was skipped have failed too. */
function countTests(file: string, ok: boolean): Count {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8")) as TestReport;
  const tests = report.testResults.flatMap((result) => result.assertionResults);
  const skipped = inCi ? tests.filter((test) => test.status !== "passed" && test.status !== "failed") : [];
  for (const test of skipped) console.log(`skipped, which is a failure in CI: ${test.fullName}`);
  const broken = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length + skipped.length;
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1) };
}

type TestReport = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

function run(command: readonly string[], output: "pipe" | "inherit"): Promise<Ended> {
  const child = spawn(process.execPath, ["scripts/run.mjs", ...command], { stdio: ["ignore", output, output] });
  let text = "";
  const keep = (bytes: Buffer): void => void (text += bytes.toString());
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => done({ ok: code === 0, output: text }));
  });
}

function report(name: string, ok: boolean, start: number): void {
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${ok ? "ok    " : "FAILED"} ${name.padEnd(12)} ${seconds.padStart(6)} s`);
}
