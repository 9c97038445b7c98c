import { readSettings } from "@holdfast/service";
import { readable } from "./doctor/settings.ts";
import { EXIT } from "./exit.ts";
import { holdfast } from "./holdfast.ts";
import { asker, painter } from "./terminal.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
// Whoever reads our output may stop reading, as `head` does.
process.stdout.on("error", () => stop.abort());

const { ask, close } = asker(process.stdin, process.stderr, stop.signal);
try {
  const [command] = process.argv.slice(2);
  // A doctor examines what nothing else would start with.
  const settings = readSettings("cli", command === "doctor" ? readable(process.env).env : process.env);
  process.exitCode = await holdfast(process.argv.slice(2), {
    settings,
    say: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
    ask,
    paint: painter(process.stdout.isTTY === true, process.env["NO_COLOR"]),
    now: Date.now,
    fetch,
    env: process.env,
    openBus: async (given) => (await import("@holdfast/wiring")).operatorBus(given),
    start: async (options) => (await import("../../scripts/supervisor.ts")).startHoldfast(options),
    signal: stop.signal,
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT.usage;
} finally {
  close();
}
