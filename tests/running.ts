import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SERVICES, SETTINGS } from "@holdfast/service";
import { startHoldfast, type Holdfast, type Part } from "../scripts/supervisor.ts";

/** The whole of Holdfast on the sandbox, as real processes, on free ports and a data folder of its own. */

export type Running = AsyncDisposable & {
  readonly data: string;
  readonly holdfast: () => Holdfast;
  /** Stops every process and starts all again, on the same data folder and the same ports. */
  readonly restart: () => Promise<void>;
  /** What a process said that asks for attention. */
  readonly loud: readonly string[];
};

export type Answer = { readonly status: number; readonly body: unknown };
export type Door = "approval" | "audit" | "intake" | "sandbox";

export const PARTS: readonly Part[] = ["sandbox", ...SERVICES];
const READY_MS_MAX = 60_000;
const LOOK_MS = 50;
const ASK_MS_MAX = 40_000;

const freePorts = Object.fromEntries(
  Object.entries(SETTINGS).flatMap(([name, { kind }]) => (kind === "port" ? [[name, "0"]] : [])),
);

export async function startAll(
  env: Readonly<Record<string, string>> = {},
  data = mkdtempSync(join(tmpdir(), "holdfast-whole-")),
): Promise<Running> {
  const loud: string[] = [];
  const start = async (given: Holdfast["env"]): Promise<Holdfast> => {
    const started = await startHoldfast({ env: given, onLine: ({ text, isLoud }) => void (isLoud && loud.push(text)) });
    const unready = await started.untilReady(READY_MS_MAX);
    if (unready.length === 0) return started;
    await started.stop();
    throw new Error(`Holdfast is not ready: ${unready.join(" ")}\n${loud.join("\n")}`);
  };
  let holdfast = await start({ PATH: process.env["PATH"], ...freePorts, HOLDFAST_DATA: data, ...env });
  return {
    data,
    loud,
    holdfast: () => holdfast,
    restart: async () => {
      await holdfast.stop();
      holdfast = await start(holdfast.env);
    },
    [Symbol.asyncDispose]: async () => {
      await holdfast.stop();
      rmSync(data, { recursive: true });
    },
  };
}

/** One request to a door; a JSON body where there is one. What cannot be reached throws. */
export async function ask(running: Running, door: Door, path: string, sent?: unknown, token?: string): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${portOf(running, door)}${path}`, {
    signal: AbortSignal.timeout(ASK_MS_MAX),
    headers: {
      authorization: `Bearer ${token ?? secret(running, "approver.token")}`,
      "content-type": "application/json",
    },
    ...(sent === undefined ? {} : { method: "POST", body: JSON.stringify(sent) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
}

/** The answer of a door that says yes; every other one throws, so that whoever waits asks again. */
export async function read<T>(running: Running, door: Door, path: string): Promise<T> {
  const { status, body } = await ask(running, door, path);
  if (status !== 200) throw new Error(`${door}${path} answered ${status}: ${JSON.stringify(body)}`);
  return body as T;
}

export function secret({ data }: Running, name: string): string {
  return readFileSync(join(data, "secrets", name), "utf8").trim();
}

/** Looks again and again until something is there. A look that throws, as at a door that is away, saw nothing. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 90_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = await look();
      if (last !== undefined) return last as T;
    } catch (cause) {
      last = cause;
    }
    if (performance.now() > end) throw new Error(`${what} did not come in ${timeoutMs / 1000} s`, { cause: last });
    await sleep(LOOK_MS);
  }
}

export function portOf(running: Running, door: Door): number {
  const { settings } = running.holdfast();
  switch (door) {
    case "approval":
      return settings.HOLDFAST_APPROVAL_PORT;
    case "audit":
      return settings.HOLDFAST_AUDIT_PORT;
    case "intake":
      return settings.HOLDFAST_INTAKE_PORT;
    case "sandbox":
      return settings.HOLDFAST_SANDBOX_PORT;
  }
}
