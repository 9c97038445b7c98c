import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sentenceOf } from "@holdfast/service";

/** npm run start:kafka: the whole of Holdfast on a broker that it starts itself, for a look. The broker ends with it; what it holds stays. */

const SCRIPT = fileURLToPath(new URL("./kafka/kafka", import.meta.url));
const run = promisify(execFile);

try {
  process.stderr.write("Starting Kafka (the first time its jars are fetched).\n");
  const { stdout: broker } = await run(SCRIPT, ["start"]);
  process.env["HOLDFAST_BUS"] = `kafka://${broker.trim()}`;
  process.env["HOLDFAST_KAFKA_REPLICATION"] = "1";
  try {
    await import("./start.ts");
  } finally {
    process.stderr.write("Stopping Kafka.\n");
    await run(SCRIPT, ["stop"]);
  }
} catch (error) {
  process.stderr.write(`Kafka cannot run here. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
