import { openAdmin, type Check } from "./admin.ts";
import type { Place } from "./door.ts";
import { openLog, sentenceOf, standardError, type Log, type LogLevel } from "./log.ts";
import { openMetrics, type Metrics } from "./metrics.ts";
import { within } from "./retry.ts";
import { readSettings, type Settings } from "./settings.ts";
import type { ServiceName, Setting } from "./setting.ts";
import { SETTINGS } from "./settings-table.ts";

/** Below the ten seconds after which a supervisor kills. */
const UNWIND_MS_MAX = 8_000;
const LINGER_MS_MAX = 500;

export type Running<P extends ServiceName> = {
  readonly settings: Settings<P>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Aborted when this process is to stop. */
  readonly signal: AbortSignal;
  /** What is opened goes onto it, and is closed in reverse. */
  readonly stack: AsyncDisposableStack;
  /** Adds a check to /readyz; it throws the sentence of what is not ready. */
  readonly ready: (name: string, check: Check) => void;
  /** Ends the process with exit code 1: for what failed in the background and cannot be mended here. */
  readonly fatal: (error: unknown) => void;
};

type Service<P extends ServiceName> = { readonly name: P; readonly env: NodeJS.ProcessEnv };

/** Runs one service from its settings to its clean end. `start` returns once everything is under way. */
export async function runService<P extends ServiceName>(
  { name, env }: Service<P>,
  start: (running: Running<P>) => Promise<void>,
): Promise<void> {
  try {
    const settings = readSettings(name, env);
    const log = openLog({
      service: name,
      level: levelOf(settings),
      to: standardError(),
      secrets: secretsIn(settings),
    });
    await run(name, settings, log, start);
  } catch (error) {
    process.stderr.write(`${cannotStart(name, sentenceOf(error))}\n`);
    process.exitCode = 1;
  }
  // Whatever still holds the process open has been asked to close and did not.
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
}

/** One line, because whoever supervises reads lines. */
function cannotStart(name: ServiceName, says: string): string {
  return `holdfast ${name} cannot start. ${says.replaceAll(/\s*\n\s*/g, " ")}`;
}

async function run<P extends ServiceName>(
  name: P,
  settings: Settings<P>,
  log: Log,
  start: (running: Running<P>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const fatal = (error: unknown): void => {
    if (!stop.signal.aborted) log.error("this service ends, because something that it cannot mend failed", { error });
    process.exitCode = 1;
    stop.abort();
  };
  const stack = new AsyncDisposableStack();
  using _ears = listenForTheEnd(log, stop, fatal);
  try {
    const metrics = openMetrics(name);
    const admin = stack.use(await openAdmin(adminPlace(name, settings), metrics));
    let started = false;
    admin.ready("start", () => {
      if (!started) throw new Error(`${name} is starting.`);
    });
    await start({ settings, log, metrics, signal: stop.signal, stack, ready: admin.ready, fatal });
    started = true;
    log.info("started");
    await aborted(stop.signal);
  } catch (error) {
    // Stopped in the middle of starting is no failure.
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
    await unwound(stack, log);
  }
}

async function unwound(stack: AsyncDisposableStack, log: Log): Promise<void> {
  try {
    await within(UNWIND_MS_MAX, `closing took longer than ${UNWIND_MS_MAX / 1000} s`, async () => stack.disposeAsync());
    log.info("stopped");
  } catch (error) {
    log.error("stopped, and not everything could be closed; what was under way is done again after the next start", {
      error,
    });
    process.exitCode = 1;
  }
}

/** A signal, the end of the parent process, or an error that nobody caught. */
function listenForTheEnd(log: Log, stop: AbortController, fatal: (error: unknown) => void): Disposable {
  const end = (why: string) => (): void => {
    if (!stop.signal.aborted) log.info(`stopping: ${why}`);
    stop.abort();
  };
  const ears = [
    ["SIGTERM", end("SIGTERM")],
    ["SIGINT", end("SIGINT")],
    ["disconnect", end("the process that supervises this one has ended")],
    ["uncaughtException", fatal],
    ["unhandledRejection", fatal],
  ] as const;
  for (const [event, ear] of ears) process.on(event, ear);
  // It may have ended before anybody listened.
  if (process.connected === false) end("the process that supervises this one has ended")();
  return { [Symbol.dispose]: () => ears.forEach(([event, ear]) => process.off(event, ear)) };
}

/** Each service reads the three of these; the compiler cannot see that through its name. */
type Own = Readonly<Record<string, unknown>>;

function levelOf(settings: Own): LogLevel {
  return settings["HOLDFAST_LOG_LEVEL"] as LogLevel;
}

function secretsIn(settings: Own): readonly string[] {
  const table: Readonly<Record<string, Setting>> = SETTINGS;
  return Object.entries(settings).flatMap(([name, value]) =>
    table[name]?.secret === true && typeof value === "string" && value !== "" ? [value] : [],
  );
}

function adminPlace(name: ServiceName, settings: Own): Place {
  const hostSetting = `HOLDFAST_${name.toUpperCase()}_HOST`;
  const portSetting = `HOLDFAST_${name.toUpperCase()}_ADMIN_PORT`;
  return { host: String(settings[hostSetting]), port: Number(settings[portSetting]), portSetting, hostSetting };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
