import { Kafka, logLevel, type ISocketFactory, type KafkaConfig, type logCreator } from "kafkajs";
import type { Note } from "../port.ts";
import { patchKafkajs } from "./patches.ts";

/** Where the brokers are, and who connects. */
export type Connection = {
  /** `host:port` of some of the brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** What this process is called in the brokers' logs. */
  readonly clientId: string;
  /** Set where the brokers speak TLS; `ca` is the PEM text of who signed their certificates, else those that the system trusts. */
  readonly tls?: { readonly ca?: string };
  /** SCRAM-SHA-512. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly note?: Note;
  readonly socketFactory?: ISocketFactory;
};

/** A client of kafkajs, mended and set for brokers that fail over in seconds. Nothing connects yet. */
export function openClient({ brokers, clientId, tls, user, note, socketFactory }: Connection): Kafka {
  patchKafkajs();
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: 10_000,
    authenticationTimeout: 10_000,
    requestTimeout: 5000,
    retry: { initialRetryTime: 300, maxRetryTime: 2000, retries: 8 },
    logLevel: logLevel.INFO,
    logCreator: notingTo(note ?? (() => undefined)),
  };
  if (tls !== undefined) config.ssl = tls.ca === undefined ? true : { ca: tls.ca };
  if (user !== undefined) {
    const { name: username, password } = user;
    config.sasl = { mechanism: "scram-sha-512", username, password };
  }
  if (socketFactory !== undefined) config.socketFactory = socketFactory;
  return new Kafka(config);
}

/** What kafkajs calls an error it tries again, or throws, and then somebody says what it means: this is for who looks for a fault. */
function notingTo(note: Note): logCreator {
  return () =>
    ({ namespace, log: { message, broker, error, groupId } }) =>
      note("debug", { part: namespace, broker, group: groupId, why: error }, `The client of Kafka says: ${message}.`);
}
