import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, runKafka, whyNone } from "../../scripts/kafka/run.ts";

/** Three brokers of one's own, to be killed and paused. */
export type KafkaCluster = AsyncDisposable & {
  readonly brokers: readonly string[];
  readonly kill: (node: number) => Promise<void>;
  readonly pause: (node: number) => Promise<void>;
  readonly resume: (node: number) => Promise<void>;
  /** Stops a node as an operator would, and starts it. */
  readonly restart: (node: number) => Promise<void>;
  /** Brings back what is not running. */
  readonly mend: () => Promise<void>;
};

/** @throws with a sentence where this machine cannot run brokers: who asks for three wants them. */
export async function startCluster(): Promise<KafkaCluster> {
  const missing = whyNone();
  if (missing !== undefined) throw new Error(`Three brokers cannot run: ${missing}`);
  const own = {
    KAFKA_DATA: mkdtempSync(join(tmpdir(), "holdfast-kafka-")),
    KAFKA_PORT: String(await freePort()),
    // A busy machine takes its time to bring a node back.
    KAFKA_READY_SECONDS: process.env["KAFKA_READY_SECONDS"] ?? "300",
  };
  const kafka = (...args: readonly string[]): Promise<string> => runKafka(own, ...args);
  const mend = (): Promise<string> => kafka("start", "--nodes", "3");
  return {
    brokers: (await mend()).split(","),
    kill: async (node) => void (await kafka("kill", String(node))),
    pause: async (node) => void (await kafka("pause", String(node))),
    resume: async (node) => void (await kafka("resume", String(node))),
    restart: async (node) => void (await kafka("restart", String(node))),
    mend: async () => void (await mend()),
    [Symbol.asyncDispose]: async () => void (await kafka("stop", "--purge")),
  };
}
