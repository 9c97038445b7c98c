import type { RequestListener, ServerResponse } from "node:http";
import { listen, problem, type Door, type Place } from "./door.ts";
import { sentenceOf } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { within } from "./retry.ts";

const CHECK_MS_MAX = 2_000;

/** Throws the sentence of what is not ready. */
export type Check = (signal: AbortSignal) => Promise<void> | void;

export type Admin = Door & {
  /** Adds something that must be right before this process counts as ready. */
  readonly ready: (name: string, check: Check) => void;
};

export async function openAdmin(place: Place, metrics: Metrics): Promise<Admin> {
  const checks = new Map<string, Check>();
  metrics.gauge(
    "holdfast_ready",
    "1 where a check of /readyz is right, 0 where it is not; /readyz says why.",
    ["check"],
    async (gauge) => {
      for (const [name, failure] of await lookedAt(checks)) gauge.set({ check: name }, failure === undefined ? 1 : 0);
    },
  );
  const door = await listen(handler(checks, metrics), place);
  return { ...door, ready: (name, check) => void checks.set(name, check) };
}

function handler(checks: ReadonlyMap<string, Check>, metrics: Metrics): RequestListener {
  return (req, res) => {
    answer(req.url ?? "/", res, checks, metrics).catch((error: unknown) => problem(res, 500, sentenceOf(error)));
  };
}

async function answer(
  url: string,
  res: ServerResponse,
  checks: ReadonlyMap<string, Check>,
  metrics: Metrics,
): Promise<void> {
  switch (url.replace(/\?.*$/, "")) {
    case "/healthz":
      return said(res, "application/json", JSON.stringify({ status: "alive", time: new Date().toISOString() }));
    case "/readyz":
      return readiness(res, await failuresOf(checks));
    case "/metrics":
      return said(res, metrics.contentType, await metrics.text());
    default:
      return problem(res, 404, "There is nothing here. Here are /healthz, /readyz and /metrics.");
  }
}

function readiness(res: ServerResponse, failures: readonly string[]): void {
  if (failures.length > 0) problem(res, 503, failures.join(" "), { notReady: failures });
  else said(res, "application/json", JSON.stringify({ status: "ready" }));
}

async function failuresOf(checks: ReadonlyMap<string, Check>): Promise<readonly string[]> {
  return (await lookedAt(checks)).flatMap(([, failure]) => failure ?? []);
}

async function lookedAt(
  checks: ReadonlyMap<string, Check>,
): Promise<readonly (readonly [name: string, failure: string | undefined])[]> {
  return Promise.all([...checks].map(async ([name, check]) => [name, await failureOf(name, check)] as const));
}

async function failureOf(name: string, check: Check): Promise<string | undefined> {
  try {
    await within(CHECK_MS_MAX, `${name} did not answer within ${CHECK_MS_MAX / 1000} s.`, async (signal) =>
      check(signal),
    );
    return undefined;
  } catch (error) {
    return sentenceOf(error);
  }
}

function said(res: ServerResponse, type: string, body: string): void {
  res.writeHead(200, { "content-type": type });
  res.end(body);
}
