import { sentenceOf, type Settings } from "@holdfast/service";
import { isKafka } from "@holdfast/wiring";
import { refusalOf, type Compared, type TopologyDesk } from "@holdfast/bus/kafka/topology";
import { openOperatorTopology } from "@holdfast/wiring/topology";

/** What is missing is made. What is there and is otherwise is left for a person to look at. */
const CONSENT = { mend: false, removeExtra: false } as const;

/**
 * Makes the topics and rights that are missing on Kafka, before anything runs on it, where this process has the operator's
 * credential or the brokers ask for none. Else it is somebody else's to do, and each service says what it lacks.
 */
export async function topicsFirst(settings: Settings<"start">): Promise<void> {
  if (!isKafka(settings)) return;
  const seen = await look(settings);
  if (seen === undefined) return;
  await using desk = seen.desk;
  try {
    await desk.apply(seen.compared, CONSENT);
  } catch (cause) {
    throw new Error(unmade(cause, settings), { cause });
  }
}

/** What differs on the brokers; undefined where this process has no credential and may not look. */
async function look(settings: Settings<"start">): Promise<Seen | undefined> {
  const { HOLDFAST_KAFKA_OPERATOR_PASSWORD: password, HOLDFAST_KAFKA_OPERATOR_PASSWORD_FILE: file } = settings;
  await using opened = new AsyncDisposableStack();
  try {
    const desk = opened.use(await openOperatorTopology(settings));
    const compared = await desk.compare();
    opened.move();
    return { desk, compared };
  } catch (cause) {
    if (password === undefined && file === undefined) return undefined;
    throw new Error(unmade(cause, settings), { cause });
  }
}

type Seen = { readonly desk: TopologyDesk; readonly compared: Compared };

function unmade(cause: unknown, { HOLDFAST_KAFKA_PREFIX: prefix }: Settings<"start">): string {
  const refusal = refusalOf(cause, { who: "the operator", doing: "change", on: `${prefix}*` });
  const why = refusal ?? `${sentenceOf(cause)} (holdfast topics plan shows what is missing)`;
  return `The topics could not be made on Kafka: ${why}`;
}
