import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { hasDocker, startByDocker } from "./by-docker.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where a test asks for the broker; it is started when the first one asks. */
    readonly kafka: string;
  }
}

const SCRIPT = fileURLToPath(new URL("./kafka", import.meta.url));
const run = promisify(execFile);

/** Runs the script with these settings beside those of this process. @returns what it printed. */
export async function runKafka(
  settings: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await run(SCRIPT, args, { env: { ...process.env, ...settings } });
  return stdout.trim();
}

/** What the tests hear: where the broker is, or why there is none. */
export type Answer = { readonly broker: string } | { readonly missing: string };

/** One broker for all test files of a run, started only if one of them wants it, and stopped after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["HOLDFAST_TEST_KAFKA"];
  let starting: Promise<Answer> | undefined;
  let stop = async (): Promise<void> => undefined;
  const start = async (): Promise<Answer> => {
    if (given !== undefined && given !== "") return { broker: given };
    const missing = whyNone();
    if (missing !== undefined)
      return (await hasDocker()) ? await contained() : { missing: `${missing}, or start Docker` };
    const own = { KAFKA_DATA: mkdtempSync(join(tmpdir(), "holdfast-kafka-")), KAFKA_PORT: String(await freePort()) };
    stop = async () => void (await runKafka(own, "stop", "--purge"));
    return await runKafka(own, "start").then((broker) => ({ broker }), whyNot);
  };
  const contained = async (): Promise<Answer> => {
    const starting = startByDocker(await freePort());
    stop = async () =>
      void (await starting.then(
        (container) => container.stop(),
        () => undefined,
      ));
    return await starting.then(({ broker }) => ({ broker }), whyNot);
  };
  const door = createServer((_, response) => {
    starting ??= start();
    void starting.then((answer) => response.end(JSON.stringify(answer)));
  });
  project.provide("kafka", `http://127.0.0.1:${await listening(door)}`);
  return async () => {
    door.close();
    await starting;
    await stop();
  };
}

function whyNot(cause: unknown): Answer {
  return { missing: cause instanceof Error ? cause.message : String(cause) };
}

export function whyNone(): string | undefined {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no Java to run a broker with: install a runtime of 17 or newer and Maven, or set HOLDFAST_TEST_KAFKA to a broker's host:port";
  }
}

async function listening(door: Server): Promise<number> {
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  return (door.address() as AddressInfo).port; // it listens on TCP
}

/** The script takes three ports from this one on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 8000);
    const free = await Promise.all([first, first + 1, first + 2].map(isFree));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createTcpServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
