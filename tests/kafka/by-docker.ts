import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Started } from "./for-tests.ts";

const run = promisify(execFile);
/** The one of docker-compose.yml. */
export const IMAGE = "apache/kafka:4.3.1";
const READY_MS_MAX = 120_000;
const LOOK_MS = 500;

/** Whether there is a daemon to ask: the client alone starts nothing. */
export async function hasDocker(): Promise<boolean> {
  return await run("docker", ["info"]).then(
    () => true,
    () => false,
  );
}

/**
 * For who has Docker and no Java: one broker in a container, on this loopback port, with the settings of `scripts/kafka/kafka`.
 * @throws with what docker says. The first start fetches the image.
 */
export async function startByDocker(port: number): Promise<Started> {
  const name = `holdfast-kafka-${randomUUID().slice(0, 8)}`;
  const env = Object.entries(settings(port)).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  await run("docker", [
    "run",
    "--detach",
    "--rm",
    "--name",
    name,
    "--publish",
    `127.0.0.1:${port}:${port}`,
    ...env,
    IMAGE,
  ]);
  const stop = async (): Promise<void> => void (await run("docker", ["rm", "--force", name]));
  const probe = ["exec", name, "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`];
  for (const until = performance.now() + READY_MS_MAX; ; await sleep(LOOK_MS)) {
    const failed = await run("docker", probe).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (failed === undefined) return { broker: `127.0.0.1:${port}`, stop };
    if (performance.now() < until) continue;
    await stop();
    throw new Error(`the broker in the container ${name} did not become ready`, { cause: failed });
  }
}

/** The image makes of each the broker's setting of that name: `KAFKA_NODE_ID` is `node.id`. */
function settings(port: number): Readonly<Record<string, string>> {
  return {
    KAFKA_PROCESS_ROLES: "broker,controller",
    KAFKA_NODE_ID: "1",
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@127.0.0.1:${port + 2}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_INTER_BROKER_LISTENER_NAME: "BROKER",
    KAFKA_LISTENERS: `CLIENT://0.0.0.0:${port},BROKER://127.0.0.1:${port + 1},CONTROLLER://127.0.0.1:${port + 2}`,
    KAFKA_ADVERTISED_LISTENERS: `CLIENT://127.0.0.1:${port},BROKER://127.0.0.1:${port + 1}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false",
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: "3",
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
    KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: "1000",
  };
}
