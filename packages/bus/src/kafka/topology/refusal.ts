import { typeOf } from "../refusals.ts";

/** What a user of the brokers was about to do. */
export type Attempt = {
  /** Who: the name of a service, or "the operator". */
  readonly who: string;
  readonly doing: "write" | "read" | "join" | "change";
  /** The topic or the group as the brokers call it. */
  readonly on: string;
};

const APPLY =
  "Run `holdfast topics apply` with the operator's credential; `holdfast topics plan` shows what is missing.";

/**
 * Why the brokers will not do it, in one sentence and what to do next; undefined where the error is no refusal. kafkajs puts
 * the brokers' word on the error, on its cause or on the first of the errors that it gathered, and for a group it has none.
 */
export function refusalOf(error: unknown, { who, doing, on }: Attempt): string | undefined {
  switch (typeOf(firstOf(error))) {
    case "TOPIC_AUTHORIZATION_FAILED":
      return doing === "change"
        ? `${who} may not change ${on} on these brokers: log in as whoever may create topics.`
        : `${who} may not ${doing} ${on} on these brokers, or there is no such topic. ${APPLY}`;
    case "GROUP_AUTHORIZATION_FAILED":
    case "KafkaJSGroupCoordinatorNotFound":
      return `${who} may not join the group ${on} on these brokers. ${APPLY}`;
    case "CLUSTER_AUTHORIZATION_FAILED":
      return doing === "change"
        ? `${who} may not see or give rights on these brokers: log in as whoever may.`
        : `${who} may write no topic on these brokers, not even ${on}. ${APPLY}`;
    case "SASL_AUTHENTICATION_FAILED":
    case "KafkaJSSASLAuthenticationError":
      return `The brokers do not let ${who} in: there is no such user, or its password is another.`;
    case "UNSUPPORTED_SASL_MECHANISM":
      return "The brokers take no SCRAM-SHA-512 where they were asked: switch it on for that listener, or name another one.";
    case "UNKNOWN_TOPIC_OR_PARTITION":
      return `The topic ${on} is not on these brokers. ${APPLY}`;
    case "INVALID_REPLICATION_FACTOR":
      return "There are fewer brokers than each record is to stand on. Set HOLDFAST_KAFKA_REPLICATION to how many there are; 1 is for trying only.";
    case "KafkaJSConnectionClosedError":
      return `The brokers closed the connection of ${who} without a word: they want a user, or they want TLS. ${SETTINGS}`;
    default:
      return undefined;
  }
}

const SETTINGS = "docs/kafka.md lists the settings.";

/** Nobody answered at all: not a refusal, and it may pass. */
export function isUnreachable(error: unknown): boolean {
  const type = typeOf(error);
  return /^KafkaJS(Connection|NoBrokerAvailable|BrokerNotFound|RequestTimeout|NumberOfRetriesExceeded)/.test(type);
}

function firstOf(error: unknown): unknown {
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return error;
  return error.errors[0];
}
