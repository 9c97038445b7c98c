/** What Kafka refuses for good: no retry helps, a person must change a right or a password. */
const REFUSALS: ReadonlySet<string> = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "GROUP_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
]);

/** What a broker answers for a group whose offsets it still reads, as after its every start. */
const NOT_READY: ReadonlySet<string> = new Set(["GROUP_LOAD_IN_PROGRESS", "GROUP_COORDINATOR_NOT_AVAILABLE"]);

/** Every error from this one down to its first cause, as kafkajs nests them. */
function causesOf(error: unknown): readonly Error[] {
  const found: Error[] = [];
  for (let cause = error; cause instanceof Error && found.length < 8; cause = cause.cause) found.push(cause);
  return found;
}

/** The protocol's own name of what went wrong, such as TOPIC_AUTHORIZATION_FAILED, or else the class of the error; empty where it is none. */
export function typeOf(error: unknown): string {
  const types = causesOf(error).map((cause) =>
    "type" in cause && typeof cause.type === "string" ? cause.type : undefined,
  );
  const first = causesOf(error).at(-1);
  return types.find((type) => type !== undefined) ?? (isBrokenOff(first) ? BROKEN_OFF : (first?.name ?? ""));
}

const BROKEN_OFF = "KafkaJSConnectionError";

/** kafkajs calls whatever ends a login a failed login: a connection that broke in the middle of it too, which may pass. */
function isBrokenOff(error: Error | undefined): boolean {
  return (
    error?.name === "KafkaJSSASLAuthenticationError" && /connection|disconnect|timed out|after end/i.test(error.message)
  );
}

/** True where trying again cannot help. */
export function isRefused(error: unknown): boolean {
  const type = typeOf(error);
  return REFUSALS.has(type) || type === "KafkaJSSASLAuthenticationError";
}

/** True where the brokers only have to come to rest. */
export function isNotReady(error: unknown): boolean {
  return NOT_READY.has(typeOf(error));
}

/** What went wrong in Kafka's words, on one line. */
export function whyOf(error: unknown): string {
  return causesOf(error).at(-1)?.message ?? String(error);
}
