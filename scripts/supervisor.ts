import { childEnvironment, plainLine, readSettings, type Settings } from "@holdfast/service";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild, type Child } from "./child.ts";
import { holdDataFolder } from "./data-folder.ts";
import { prepareData } from "./first-start.ts";
import { openLogFile } from "./log-file.ts";
import { partsOf, requireFreePorts, unreadiness, withFreePorts, type Environment, type Part } from "./parts.ts";
import { listenForRefusals, type Refusals } from "./refusals.ts";
import { topicsFirst } from "./topics-first.ts";

export type { Part } from "./parts.ts";

const ROOT = dirname(import.meta.dirname);
/** Processes get ten seconds to end; this leaves time to say so. */
const STOP_MS_MAX = 9_500;
const LOOK_EVERY_MS = 100;
/** What is not ready by then has a reason that will not pass in an instant. */
const EAGER_MS_MAX = 20_000;
const LOOK_LATER_MS = 1_000;

/** A line of one process: as a person reads it, and whether it asks for attention. */
export type Line = { readonly part: Part; readonly text: string; readonly isLoud: boolean };

export type Options = {
  readonly env: Environment;
  readonly onLine: (line: Line) => void;
  /** Fewer than all, for tests of some of them. */
  readonly parts?: readonly Part[];
};

export type Holdfast = AsyncDisposable & {
  readonly settings: Settings<"start">;
  /** The environment with its free ports filled in, in which a command line finds these processes. */
  readonly env: Environment;
  readonly parts: readonly Part[];
  /** The sentence of each process that is not ready; none when all are. */
  readonly unready: () => Promise<readonly string[]>;
  /** Waits until all are ready, and gives up with the sentences of those that are not; at once where some cannot start. */
  readonly untilReady: (timeoutMs: number) => Promise<readonly string[]>;
  /** Why some of them cannot start and never could; nothing while that is open. */
  readonly cannotStart: () => string | undefined;
  readonly pid: (part: Part) => number | undefined;
  readonly kill: (part: Part) => void;
  readonly restart: (part: Part) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts Holdfast, one process a service, each with its own settings and credentials alone, and keeps them running.
 * A port of 0 becomes a free one. @throws with a sentence, before anything runs, when it could not run.
 */
export async function startHoldfast({ env: given, onLine, parts }: Options): Promise<Holdfast> {
  const env = await withFreePorts(given);
  const settings = readSettings("start", env);
  const chosen = parts ?? partsOf(settings);
  for (const part of chosen) readSettings(part, env);
  const held = await prepared(settings, chosen);
  let stopping: Promise<void> | undefined;
  const refusals = listenForRefusals();
  const look = async (part: Part): Promise<string | undefined> => {
    const says = await unreadiness(part, settings);
    if (says === undefined) refusals.isReady(part);
    return says;
  };
  const sayReturn = async (part: Part): Promise<void> => {
    while (stopping === undefined && (await look(part)) !== undefined) await sleep(LOOK_LATER_MS);
    if (stopping === undefined) onLine({ part, text: `${part} is ready again`, isLoud: true });
  };
  const returning = once(sayReturn);
  const children = new Map(
    chosen.map((part) => [part, childOf(part, env, settings, { onLine, refusals, onLost: returning })]),
  );
  const unready = async (): Promise<readonly string[]> =>
    (await Promise.all(chosen.map(look))).filter((says) => says !== undefined);
  const stop = (): Promise<void> => (stopping ??= stopAll([...children.values()], held));
  return {
    settings,
    env,
    parts: chosen,
    unready,
    cannotStart: refusals.final,
    untilReady: async (timeoutMs) => {
      const isOver = (): boolean => stopping !== undefined || refusals.final() !== undefined;
      const says = await untilNone(unready, timeoutMs, isOver);
      return refusals.final()?.split("\n") ?? says;
    },
    pid: (part) => children.get(part)?.pid(),
    kill: (part) => children.get(part)?.kill(),
    restart: async (part) => children.get(part)?.restart(STOP_MS_MAX),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** One return is waited for at a time, however often a process ends before it. */
function once(sayReturn: (part: Part) => Promise<void>): (part: Part) => void {
  const awaited = new Set<Part>();
  return (part) => {
    if (awaited.has(part)) return;
    awaited.add(part);
    void sayReturn(part).finally(() => awaited.delete(part));
  };
}

type Ears = Pick<Options, "onLine"> & {
  readonly refusals: Refusals;
  /** A process that was ready ended by itself. */
  readonly onLost: (part: Part) => void;
};

function childOf(
  part: Part,
  env: Environment,
  { HOLDFAST_DATA: data }: Settings<"start">,
  { onLine, refusals, onLost }: Ears,
): Child {
  const toFile = openLogFile(join(data, "logs", `${part}.log`));
  const file = part === "sandbox" ? "sandbox/src/main.ts" : `services/${part}/src/main.ts`;
  return startChild(
    { file: join(ROOT, file), cwd: process.cwd(), env: childEnvironment(part, env) },
    {
      onLine: (line) => {
        const isKept = toFile(line);
        const isQuiet = refusals.hear(part, line) || /"level":"(debug|info)"/.test(line);
        onLine({ part, text: plainLine(line), isLoud: !isKept || !isQuiet });
      },
      onEnd: (how, pauseMs) => {
        const text = `${part} ended (${how}) and starts again in ${pauseMs / 1000} s`;
        onLine({ part, text, isLoud: !refusals.refuses(part) });
        if (refusals.wasReady(part)) onLost(part);
      },
    },
  );
}

/** The data folder, held for these processes alone, with everything in it that they need. */
async function prepared(settings: Settings<"start">, parts: readonly Part[]): Promise<Disposable> {
  using opened = new DisposableStack();
  opened.use(holdDataFolder(settings.HOLDFAST_DATA));
  await requireFreePorts(settings, parts);
  prepareData(settings);
  await topicsFirst(settings);
  return opened.move();
}

async function stopAll(children: readonly Child[], held: Disposable): Promise<void> {
  using _held = held;
  await Promise.all(children.map((child) => child.stop(STOP_MS_MAX)));
}

async function untilNone(
  unready: () => Promise<readonly string[]>,
  timeoutMs: number,
  isOver: () => boolean,
): Promise<readonly string[]> {
  const start = performance.now();
  for (;;) {
    const says = await unready();
    const waitedMs = performance.now() - start;
    if (says.length === 0 || isOver() || waitedMs > timeoutMs) return says;
    await sleep(waitedMs < EAGER_MS_MAX ? LOOK_EVERY_MS : LOOK_LATER_MS);
  }
}
