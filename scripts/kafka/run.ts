import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

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

export function whyNone(): string | undefined {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no Java to run a broker with: install a runtime of 17 or newer and Maven, or set HOLDFAST_TEST_KAFKA to a broker's host:port";
  }
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
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
