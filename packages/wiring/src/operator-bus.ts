import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openKafka } from "@holdfast/bus/kafka";
import { openCodec, trustedKeys } from "@holdfast/schemas";
import { publicKey } from "./codec.ts";
import { isKafka, kafkaConnection, type KafkaSettings } from "./kafka.ts";

export type OperatorSettings = KafkaSettings & {
  readonly HOLDFAST_DATA: string;
  readonly HOLDFAST_PUBLIC_KEYS: string;
  readonly HOLDFAST_KAFKA_PREFIX: string;
};

/**
 * The bus as an operator opens it, to look at records and to write one again: with no signing key, and with a credential of
 * their own. On Kafka that is the operator's user; the embedded bus is a file, so there it is whoever may write that file.
 */
export async function operatorBus(settings: OperatorSettings): Promise<Bus> {
  const codec = openCodec({
    service: "operator",
    trusted: trustedKeys((signer) => publicKey(settings.HOLDFAST_PUBLIC_KEYS, signer)),
    signing: {},
  });
  const options = { codec, service: "operator" };
  if (!isKafka(settings)) return await openEmbedded({ file: fileIn(settings), ...options });
  return await openKafka({
    ...options,
    connection: kafkaConnection(settings, "KAFKA_OPERATOR"),
    prefix: settings.HOLDFAST_KAFKA_PREFIX,
    writes: [],
    marksFile: join(settings.HOLDFAST_DATA, "kafka-work.sqlite"),
    fatal: () => undefined, // what is under way rejects with the same
  });
}

/** Looking makes no bus where there is none. */
function fileIn({ HOLDFAST_DATA: data }: OperatorSettings): string {
  const file = join(data, "bus.sqlite");
  if (existsSync(file)) return file;
  throw new Error(`There is no bus in ${data}. HOLDFAST_DATA names the data folder of a Holdfast.`);
}
