import { sentenceOf, type Settings } from "@holdfast/service";
import { isKafka } from "@holdfast/wiring";
import { openOperatorTopology } from "@holdfast/wiring/topology";

/** What is missing is made. What is there and is otherwise is left for a person to look at. */
const CONSENT = { mend: false, removeExtra: false } as const;

/**
 * Makes the topics and rights that are missing on Kafka, before anything runs on it, where this process has the operator's
 * credential or the brokers ask for none. Else it is somebody else's to do, and each service says what it lacks.
 */
export async function topicsFirst(settings: Settings<"start">): Promise<void> {
  if (!isKafka(settings)) return;
  const { HOLDFAST_KAFKA_OPERATOR_PASSWORD: password, HOLDFAST_KAFKA_OPERATOR_PASSWORD_FILE: file } = settings;
  try {
    await using desk = await openOperatorTopology(settings);
    await desk.apply(await desk.compare(), CONSENT);
  } catch (cause) {
    if (password === undefined && file === undefined) return;
    throw new Error(
      `The topics could not be made on Kafka: ${sentenceOf(cause)}. Look at HOLDFAST_BUS and HOLDFAST_KAFKA_REPLICATION, and run: npx holdfast topics plan`,
      { cause },
    );
  }
}
