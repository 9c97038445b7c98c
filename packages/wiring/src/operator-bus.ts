import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openKafka } from "@holdfast/bus/kafka";
import { openCodec, trustedKeys, type Codec } from "@holdfast/schemas";
import { publicKey } from "./codec.ts";
import { isKafka, kafkaConnection, type KafkaSettings } from "./kafka.ts";

export type OperatorSettings = KafkaSettings & {
  readonly HOLDFAST_DATA: string;
  readonly HOLDFAST_PUBLIC_KEYS: string;
  readonly HOLDFAST_KAFKA_PREFIX: string;
};

/**
 * The bus as an operator opens it, to look at records and to write one again: with no signing key, and with a credential of
 * their own. The embedded bus is a file, so there it is whoever may write that file.
 */
export async function operatorBus(settings: OperatorSettings): Promise<Bus> {
  const codec = openCodec({
    service: "operator",
    trusted: trustedKeys((signer) => publicKey(settings.HOLDFAST_PUBLIC_KEYS, signer)),
    signing: {},
  });
  if (isKafka(settings)) return await operatorOnKafka(settings, codec);
  const file = join(settings.HOLDFAST_DATA, "bus.sqlite");
  if (!existsSync(file))
    throw new Error(`There is no bus in ${settings.HOLDFAST_DATA}. HOLDFAST_DATA names the data folder of a Holdfast.`);
  return await openEmbedded({ file, codec, service: "operator" });
}

/** It joins no group, so nothing of it stays on this machine. */
async function operatorOnKafka(settings: OperatorSettings, codec: Codec): Promise<Bus> {
  return await openKafka({
    connection: kafkaConnection(settings, "KAFKA_OPERATOR"),
    prefix: settings.HOLDFAST_KAFKA_PREFIX,
    codec,
    service: "operator",
    writes: [],
    marksFile: join(settings.HOLDFAST_DATA, "kafka-work.sqlite"),
    fatal: (cause) => {
      throw cause;
    },
  });
}
