import { mkdtempSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { freePort, runKafka, whyNone } from "../../scripts/kafka/run.ts";
import { hasDocker, startByDocker } from "./by-docker.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where a test asks for the broker; it is started when the first one asks. */
    readonly kafka: string;
  }
}

/** What the tests hear: where the broker is, or why there is none. */
export type Answer = { readonly broker: string } | { readonly missing: string };

/** A broker, and how it ends. */
export type Started = { readonly broker: string; readonly stop: () => Promise<void> };

/** One broker for all test files of a run, started only if one of them wants it, and stopped after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<Started> | undefined;
  const door = createServer((_, response) => {
    const answered = (answer: Answer): void => void response.end(JSON.stringify(answer));
    starting ??= start();
    starting.then(
      ({ broker }) => answered({ broker }),
      (cause: unknown) => answered({ missing: cause instanceof Error ? cause.message : String(cause) }),
    );
  });
  project.provide("kafka", `http://127.0.0.1:${await listening(door)}`);
  return async () => {
    door.close();
    const started = await starting?.catch(() => undefined);
    await started?.stop();
  };
}

/** The one that is named, else one of the jars, else one in a container. @throws the sentence that says why there is none. */
async function start(): Promise<Started> {
  const given = process.env["HOLDFAST_TEST_KAFKA"];
  if (given !== undefined && given !== "") return { broker: given, stop: async () => undefined };
  const missing = whyNone();
  if (missing === undefined) return await startByScript();
  if (await hasDocker()) return await startByDocker(await freePort());
  throw new Error(`${missing}, or start Docker`);
}

async function startByScript(): Promise<Started> {
  const own = { KAFKA_DATA: mkdtempSync(join(tmpdir(), "holdfast-kafka-")), KAFKA_PORT: String(await freePort()) };
  const stop = async (): Promise<void> => void (await runKafka(own, "stop", "--purge"));
  try {
    return { broker: await runKafka(own, "start"), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function listening(door: Server): Promise<number> {
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  return (door.address() as AddressInfo).port; // it listens on TCP
}
