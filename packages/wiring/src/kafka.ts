import { readFileSync } from "node:fs";
import { connect, isIP } from "node:net";
import type { Connection } from "@holdfast/bus/kafka";
import { readSecret } from "@holdfast/service";

/** What every process knows of Kafka. */
export type KafkaSettings = {
  readonly HOLDFAST_BUS: string;
  readonly HOLDFAST_KAFKA_TLS: boolean;
  readonly HOLDFAST_KAFKA_CA: string | undefined;
  readonly HOLDFAST_KAFKA_PLAINTEXT: boolean;
};

const SCHEME = "kafka://";
const KEEP_ALIVE_MS = 60_000;

export function isKafka({ HOLDFAST_BUS: bus }: Pick<KafkaSettings, "HOLDFAST_BUS">): boolean {
  return bus.startsWith(SCHEME);
}

/**
 * Where the brokers are, and as whom this process connects.
 * @param whose the middle of the names of its credential's settings: `POLICY_KAFKA`, `KAFKA_OPERATOR`.
 * @throws with a sentence where brokers on other machines would be spoken to in the clear, or without a password.
 */
export function kafkaConnection(settings: KafkaSettings, whose: string): Omit<Connection, "clientId" | "note"> {
  const { HOLDFAST_KAFKA_TLS: isTls, HOLDFAST_KAFKA_CA: ca, HOLDFAST_KAFKA_PLAINTEXT: mayBePlain } = settings;
  const brokers = settings.HOLDFAST_BUS.slice(SCHEME.length).split(",");
  const password = passwordOf(settings, whose);
  const far = brokers.find((broker) => !isLoopback(broker));
  if (far !== undefined && !isTls && !mayBePlain) throw new Error(inTheClear(far));
  if (far !== undefined && password === undefined && !mayBePlain) throw new Error(withoutPassword(far, whose));
  if (ca !== undefined && !isTls)
    throw new Error("HOLDFAST_KAFKA_CA is set and HOLDFAST_KAFKA_TLS is not. Set HOLDFAST_KAFKA_TLS=1 as well.");
  return {
    brokers,
    ...(!isTls && !mayBePlain && { socketFactory: onThisMachine }),
    ...(isTls && { tls: ca === undefined ? {} : { ca: readFileSync(ca, "utf8") } }),
    ...(password !== undefined && { user: { name: textOf(settings, `HOLDFAST_${whose}_USERNAME`) ?? "", password } }),
  };
}

/** The first broker names the others: who may not be spoken to in the clear is not, whoever names them. */
const onThisMachine: NonNullable<Connection["socketFactory"]> = ({ host, port, onConnect }) => {
  if (!isLoopback(`${host}:${port}`)) throw new Error(inTheClear(`${host}:${port}`));
  return connect({ host, port }, onConnect).setKeepAlive(true, KEEP_ALIVE_MS);
};

function passwordOf(settings: KafkaSettings, whose: string): string | undefined {
  const file = textOf(settings, `HOLDFAST_${whose}_PASSWORD_FILE`);
  return textOf(settings, `HOLDFAST_${whose}_PASSWORD`) ?? (file === undefined ? undefined : readSecret(file));
}

function textOf(settings: KafkaSettings, name: string): string | undefined {
  const value: unknown = Reflect.get(settings, name);
  return typeof value === "string" ? value : undefined;
}

function isLoopback(broker: string): boolean {
  const host = broker.slice(0, broker.lastIndexOf(":"));
  return host === "localhost" || (isIP(host) === 4 && host.startsWith("127."));
}

const OR_PLAIN = "On a network that nobody else reaches, HOLDFAST_KAFKA_PLAINTEXT=1 allows it all the same.";

function inTheClear(broker: string): string {
  return `The broker ${broker} is not on this machine, and without TLS everybody on the way could read and change what it is told. Set HOLDFAST_KAFKA_TLS=1, and HOLDFAST_KAFKA_CA where the system does not trust its certificate. ${OR_PLAIN}`;
}

function withoutPassword(broker: string, whose: string): string {
  return `The broker ${broker} is not on this machine, and without a password it could not tell the services apart. Set HOLDFAST_${whose}_PASSWORD_FILE. ${OR_PLAIN}`;
}
