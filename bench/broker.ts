import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, runKafka, whyNone } from "../scripts/kafka/run.ts";
import { folderOnDisk } from "./folder.ts";

/** One broker with its records on the disk under the project, and with it everything that it kept. */
export type Broker = AsyncDisposable & { readonly address: string; readonly pid: number };

/** Settings of a Holdfast on it, with topics of its own. */
export function settingsOn({ address }: Broker): Readonly<Record<string, string>> {
  return {
    HOLDFAST_BUS: `kafka://${address}`,
    HOLDFAST_KAFKA_PREFIX: `bench.${randomUUID().slice(0, 8)}.`,
    HOLDFAST_KAFKA_REPLICATION: "1",
  };
}

/** `KAFKA_PORT` says where, if it is set. @throws with a sentence where this machine cannot run one. */
export async function startBroker(): Promise<Broker> {
  const missing = whyNone();
  if (missing !== undefined) throw new Error(`Kafka cannot run: ${missing}`);
  using opened = new DisposableStack();
  const data = join(opened.use(folderOnDisk()).path, "kafka");
  const KAFKA_PORT = process.env["KAFKA_PORT"] ?? String(await freePort());
  const own = { KAFKA_DATA: data, KAFKA_PORT };
  const address = await runKafka(own, "start");
  const kept = opened.move();
  const pid = Number(readFileSync(join(data, "n1.pid"), "utf8"));
  const kill = (): boolean => process.kill(pid, "SIGKILL");
  process.once("exit", kill); // a bench that failed leaves nothing behind
  return {
    address,
    pid,
    [Symbol.asyncDispose]: async () => {
      process.off("exit", kill);
      await runKafka(own, "stop", "--purge");
      kept.dispose();
    },
  };
}
