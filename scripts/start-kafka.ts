import { sentenceOf } from "@holdfast/service";
import { runKafka } from "./kafka/run.ts";

/** npm run start:kafka: the whole of Holdfast on a broker that it starts itself, for a look. The broker ends with it; what it holds stays. */

try {
  process.stderr.write("Starting Kafka (the first time its jars are fetched).\n");
  process.env["HOLDFAST_BUS"] = `kafka://${await runKafka({}, "start")}`;
  process.env["HOLDFAST_KAFKA_REPLICATION"] = "1";
  try {
    await import("./start.ts");
  } finally {
    process.stderr.write("Stopping Kafka.\n");
    await runKafka({}, "stop");
  }
} catch (error) {
  process.stderr.write(`Kafka cannot run here. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
