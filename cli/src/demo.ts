import { openApprovers, tokenDigest, withSandboxPerson } from "@holdfast/guard";
import { readSettings, sentenceOf, SETTINGS, VERSION } from "@holdfast/service";
import { join } from "node:path";
import { startHoldfast, type Holdfast } from "../../scripts/supervisor.ts";
import { openDoors } from "./demo/doors.ts";
import { openFolder } from "./demo/folder.ts";
import { readOptions, type Asked, type Options } from "./demo/options.ts";
import { plainProgress, spinner, type Progress } from "./demo/progress.ts";
import { playStory } from "./demo/story.ts";
import { tellJson, tellPerson } from "./demo/teller.ts";
import { asker, painter } from "./terminal.ts";
import type { World } from "./world.ts";

/** npm run demo: the whole story in a terminal, on the simulated cluster. */

const READY_MS_MAX = 90_000;
const INTERRUPTED = 130;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
// Whoever reads our output may stop reading, as `head` does.
process.stdout.on("error", () => stop.abort());

const asked = readOptions(process.argv.slice(2), process.stdin.isTTY && process.stdout.isTTY, people());
process.exitCode = asked.outcome === "asked" ? await demo(asked.options) : toldOnly(asked);

function toldOnly({ outcome, exitCode, says }: Extract<Asked, { readonly says: string }>): number {
  (outcome === "help" ? process.stdout : process.stderr).write(`${says}\n`);
  return exitCode;
}

async function demo(options: Options): Promise<number> {
  const began = performance.now();
  const folder = openFolder(options.keep);
  if (typeof folder === "string") return told(1, folder);
  try {
    await play(options, folder.path);
  } catch (error) {
    if (!stop.signal.aborted)
      return told(1, `\n${sentenceOf(error)}\nWhat the services said is in ${join(folder.path, "logs")}.`);
    folder.remove();
    return told(INTERRUPTED, "\nStopped, and everything that ran.");
  }
  folder.remove();
  const seconds = Math.round((performance.now() - began) / 1000);
  const kept = options.keep === undefined ? "" : ` Its records are in ${folder.path}.`;
  return told(0, `\n${seconds} s in all; nothing runs any more.${kept} To stay a while: npm start`);
}

async function play(options: Options, data: string): Promise<void> {
  const out = options.json ? process.stderr : process.stdout;
  const paint = painter(out.isTTY, process.env["NO_COLOR"]);
  const write = (text: string): void => void out.write(text);
  const working =
    out.isTTY && process.env["TERM"] !== "dumb" ? spinner({ write, paint }) : plainProgress({ write, paint });
  write(`${paint("strong", `Holdfast ${VERSION}`)}  SANDBOX: simulated cluster, nothing real can change\n`);
  await using holdfast = await started(data, working);
  const { ask, close } = asker(process.stdin, process.stdout, stop.signal);
  const world = worldOf(holdfast, paint, ask);
  const teller = options.json ? tellJson(world.say, working) : tellPerson(world, working);
  try {
    await playStory({ world, doors: openDoors(world), teller }, options.yes);
  } finally {
    close();
    await working("stopping everything", holdfast.stop);
  }
}

/** On ports of its own, with nothing of what is set for another Holdfast; and no model is paid for a demo. */
async function started(data: string, working: Progress): Promise<Holdfast> {
  const plain = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST|ANTHROPIC)_/.test(name));
  const ports = Object.entries(SETTINGS).flatMap(([name, { kind }]) => (kind === "port" ? [[name, "0"] as const] : []));
  const env = { ...Object.fromEntries(plain), ...Object.fromEntries(ports), HOLDFAST_DATA: data };
  const holdfast = await startHoldfast({ env, onLine: () => undefined });
  stop.signal.addEventListener("abort", () => void holdfast.stop(), { once: true });
  const missing = await working("six services and a cluster start, each a process of its own", () =>
    holdfast.untilReady(READY_MS_MAX),
  );
  if (missing.length === 0 && !stop.signal.aborted) return holdfast;
  await holdfast.stop();
  throw new Error(`Holdfast did not start. ${missing.join(" ")}`);
}

function worldOf({ env }: Holdfast, paint: World["paint"], ask: World["ask"]): World {
  return {
    settings: readSettings("cli", env),
    say: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
    ask,
    paint,
    now: Date.now,
    fetch,
    env,
    openBus: () => Promise.reject(new Error("no bus is opened here")),
    start: startHoldfast,
    signal: stop.signal,
  };
}

/** Who may answer on the sandbox, where no list of approvers counts. */
function people(): readonly string[] {
  return withSandboxPerson(openApprovers("approvers: []"), tokenDigest("any")).entries.map(({ subject }) => subject);
}

function told(exitCode: number, says: string): number {
  process.stderr.write(`${says}\n`);
  return exitCode;
}
