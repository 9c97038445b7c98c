import { join } from "node:path";
import { parseArgs } from "node:util";
import { sentenceOf } from "@holdfast/service";
import { auditStatus, firstScreen, notReadyScreen } from "./first-screen.ts";
import { startHoldfast, type Holdfast, type Line } from "./supervisor.ts";

/** npm start: every service, until Ctrl-C. Warnings come to the terminal, everything else into the data folder's logs. */

const PATIENCE_MS = 20_000;
const UNTIL_READY_MS = 24 * 3600 * 1000;

const USAGE = `Usage: npm start [-- --env-file FILE]

Starts every service of Holdfast, until Ctrl-C: on a simulated cluster, unless HOLDFAST_CLUSTER names another.
  --env-file FILE   reads settings from this file; .env.example lists them all
  --help            says this

Other ports: HOLDFAST_APPROVAL_PORT and the like, 0 for any free one. Another data folder: HOLDFAST_DATA.`;

try {
  const asked = askedFor(process.argv.slice(2));
  if (asked.help === true) process.stdout.write(`${USAGE}\n`);
  else await start(asked.envFile);
} catch (error) {
  process.stderr.write(`Holdfast cannot start. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
}

function askedFor(args: readonly string[]): { readonly help?: boolean; readonly envFile?: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { "env-file": { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    const { help = false, "env-file": envFile } = values;
    return { help, ...(envFile !== undefined && { envFile }) };
  } catch (error) {
    throw new Error(`Nothing was started: ${sentenceOf(error)}\n${USAGE}`);
  }
}

function loadSettings(file: string): void {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    throw new Error(
      `The file of settings ${file} cannot be read (${sentenceOf(error)}), and nothing was started. Name one that is there: npm start -- --env-file FILE.`,
    );
  }
}

async function start(envFile: string | undefined): Promise<void> {
  if (envFile !== undefined) loadSettings(envFile);
  const began = performance.now();
  const stopped = heardStop();
  process.stderr.write("Starting Holdfast.\n");
  await using holdfast = await startHoldfast({ env: process.env, onLine: show });
  await Promise.race([stopped, greet(holdfast, began)]);
  await stopped;
  process.stderr.write("Stopping Holdfast.\n");
}

async function greet(holdfast: Holdfast, began: number): Promise<void> {
  const missing = await readyWithin(PATIENCE_MS, holdfast);
  if (missing.length > 0) {
    process.stderr.write(`${notReadyScreen(missing, holdfast.settings.HOLDFAST_DATA)}\n`);
    if ((await readyWithin(UNTIL_READY_MS, holdfast)).length > 0) return;
  }
  process.stdout.write(`${firstScreen(holdfast, await auditStatus(holdfast), (performance.now() - began) / 1000)}\n`);
}

async function readyWithin(timeoutMs: number, holdfast: Holdfast): Promise<readonly string[]> {
  const missing = await holdfast.untilReady(timeoutMs);
  const because = holdfast.cannotStart();
  if (because === undefined) return missing;
  throw new Error(`${because}\nEverything was stopped. What each service said is in ${logsOf(holdfast)}.`);
}

function logsOf({ settings }: Holdfast): string {
  return join(settings.HOLDFAST_DATA, "logs");
}

function show({ text, isLoud }: Line): void {
  if (isLoud) process.stderr.write(`${text}\n`);
}

/** A launcher passes on what the whole group has heard too, so a second signal means nothing more. */
function heardStop(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => done());
  });
}
