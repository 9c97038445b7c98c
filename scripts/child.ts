import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

const FIRST_PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;
/** A process that ran so long and then ended is restarted as quickly as at first. */
const HEALTHY_MS = 60_000;

export type Command = { readonly file: string; readonly cwd: string; readonly env: Readonly<Record<string, string>> };
export type Ears = {
  readonly onLine: (line: string) => void;
  /** It ended by itself; it is started again after the pause. */
  readonly onEnd: (how: string, pauseMs: number) => void;
};

/** A process that is started again whenever it ends, until it is stopped. */
export type Child = {
  readonly pid: () => number | undefined;
  /** kill -9, as a crash would. */
  readonly kill: () => void;
  /** Ends it cleanly, and starts it again at once. */
  readonly restart: (graceMs: number) => Promise<void>;
  readonly stop: (graceMs: number) => Promise<void>;
};

export function startChild(command: Command, { onLine, onEnd }: Ears): Child {
  let running: Running | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let isStopped = false;

  const start = (): void => {
    if (isStopped) return;
    const since = performance.now();
    const mine = run(command, onLine);
    running = mine;
    void mine.ended.then((how) => {
      if (isStopped || running !== mine) return;
      running = undefined;
      failures = performance.now() - since > HEALTHY_MS ? 0 : failures;
      const pauseMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** failures);
      failures += 1;
      onEnd(how, pauseMs);
      timer = setTimeout(start, pauseMs);
    });
  };
  const end = async (graceMs: number): Promise<void> => {
    clearTimeout(timer);
    const ending = running;
    running = undefined;
    await ending?.end(graceMs);
  };
  start();
  return {
    pid: () => running?.process.pid,
    kill: () => void running?.process.kill("SIGKILL"),
    restart: async (graceMs) => {
      await end(graceMs);
      failures = 0;
      start();
    },
    stop: async (graceMs) => {
      isStopped = true;
      await end(graceMs);
    },
  };
}

type Running = {
  readonly process: ChildProcess;
  readonly ended: Promise<string>;
  readonly end: (graceMs: number) => Promise<void>;
};

/** Room for what lives as long as one record is under way: with Node's own, a busy service stands still for it every second. */
export const NODE_FLAGS = ["--max-semi-space-size=64"];

/** The channel tells the child when its parent is gone, however that ended. */
function run({ file, cwd, env }: Command, onLine: (line: string) => void): Running {
  const child = spawn(process.execPath, [...NODE_FLAGS, file], {
    cwd,
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on("line", onLine);
  const ended = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    // Once its last line is read, which "exit" does not wait for.
    child.once("close", (code, signal) => done(signal ?? `exit code ${code}`));
  });
  const end = async (graceMs: number): Promise<void> => {
    const late = setTimeout(() => child.kill("SIGKILL"), graceMs);
    child.kill("SIGTERM");
    await ended;
    clearTimeout(late);
  };
  return { process: child, ended, end };
}
