import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, whyNone } from "./for-tests.ts";

const SCRIPT = fileURLToPath(new URL("./kafka", import.meta.url));
const run = promisify(execFile);

/** A broker with users and an authorizer. Nobody but `admin` may do anything until a right says so. */
export type SecureBroker = AsyncDisposable & {
  readonly broker: string;
  readonly password: (user: string) => string;
};

/** One for a test file that needs users, or undefined where this machine cannot have one, which is said aloud. In CI that is a failure. */
export async function secureBrokerForTests(users: readonly string[]): Promise<SecureBroker | undefined> {
  const missing = whyNone();
  if (missing !== undefined) {
    const says = `The tests on a real Kafka with users cannot run: ${missing}`;
    if (process.env["CI"] !== undefined && process.env["CI"] !== "false") throw new Error(says);
    console.warn(`\n${"!".repeat(100)}\nSKIPPED. ${says}\n${"!".repeat(100)}\n`);
    return undefined;
  }
  const data = mkdtempSync(join(tmpdir(), "holdfast-kafka-secure-"));
  const env = {
    ...process.env,
    KAFKA_DATA: data,
    KAFKA_PORT: String(await freePort()),
    KAFKA_USERS: ["admin", ...users].join(" "),
  };
  const { stdout } = await run(SCRIPT, ["start", "--secure"], { env });
  return {
    broker: stdout.trim(),
    password: (user) => readFileSync(join(data, "secrets", user), "utf8").trim(),
    [Symbol.asyncDispose]: async () => void (await run(SCRIPT, ["stop", "--purge"], { env })),
  };
}
