import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, runKafka, whyNone } from "../../scripts/kafka/run.ts";
import { skipped } from "./testing.ts";

/** A broker with users and an authorizer. Nobody but `admin` may do anything until a right says so. */
export type SecureBroker = AsyncDisposable & {
  readonly broker: string;
  readonly password: (user: string) => string;
};

/** One for a test file that needs users, or undefined where this machine cannot have one, which is said aloud. In CI that is a failure. */
export async function secureBrokerForTests(users: readonly string[]): Promise<SecureBroker | undefined> {
  const missing = whyNone();
  if (missing !== undefined) return skipped(`The tests on a real Kafka with users cannot run: ${missing}`);
  const data = mkdtempSync(join(tmpdir(), "holdfast-kafka-secure-"));
  const own = {
    KAFKA_DATA: data,
    KAFKA_PORT: String(await freePort()),
    KAFKA_USERS: ["admin", ...users].join(" "),
  };
  const broker = await runKafka(own, "start", "--secure");
  return {
    broker,
    password: (user) => readFileSync(join(data, "secrets", user), "utf8").trim(),
    [Symbol.asyncDispose]: async () => void (await runKafka(own, "stop", "--purge")),
  };
}
