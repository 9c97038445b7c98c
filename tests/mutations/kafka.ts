import type { Mutation } from "./mutation.ts";

const ANSWER = "packages/bus/src/kafka/acknowledgement.ts";
const LIVES = "packages/bus/src/kafka/lives.ts";
const CONNECTION = "packages/wiring/src/kafka.ts";
const answered = (what: string): Mutation["killedBy"] => ({
  file: "packages/bus/src/kafka/acknowledgement.test.ts",
  test: `an answer with ${what} acknowledges nothing`,
});
const living = (test: string): Mutation["killedBy"] => ({ file: "packages/bus/src/kafka/lives.test.ts", test });
const connecting = (test: string): Mutation["killedBy"] => ({ file: "packages/wiring/src/kafka.test.ts", test });

/** What counts as written on Kafka, who may work there, and over which network. */
export const KAFKA: readonly Mutation[] = [
  {
    removes: "that a broker elsewhere which another one names is not spoken to in the clear",
    file: CONNECTION,
    find: "if (!isLoopback(`${host}:${port}`)) throw",
    replace: "if (host === undefined) throw",
    killedBy: connecting("a broker elsewhere that one on this machine names is not spoken to in the clear either"),
  },
  {
    removes: "that many headers of one record stop no reader",
    file: "packages/bus/src/kafka/patches.ts",
    find: "Object.assign(headers, { reduce: () => byName(headers) })",
    replace: "headers",
    killedBy: {
      file: "packages/bus/src/kafka/patches.test.ts",
      test: "many headers are read without a copy of all for each, whatever they are called",
    },
  },
  {
    removes: "that a record counts in the partition of its key alone",
    file: "packages/bus/src/delivery.ts",
    find: "partitionOf(raw.key, PARTITIONS) !== raw.partition",
    replace: "false",
    killedBy: {
      file: "packages/bus/src/delivery.test.ts",
      test: "a genuine record that somebody wrote into another partition is taken by nobody",
    },
  },
  {
    removes: "that an answer to a send has one entry and no more",
    file: ANSWER,
    find: " || answer.length !== 1",
    replace: "",
    killedBy: answered("two entries"),
  },
  {
    removes: "that an answer to a send is for the partition that was sent to",
    file: ANSWER,
    find: " || entry.partition !== partition",
    replace: "",
    killedBy: answered("another partition"),
  },
  {
    removes: "that an answer to a send has no error",
    file: ANSWER,
    find: " || entry.errorCode !== 0",
    replace: "",
    killedBy: answered("an error"),
  },
  {
    removes: "that a member which is not heard for a session stops its work",
    file: LIVES,
    find: "isLost || assigned.length === 0 || silence() <= sessionMs",
    replace: "true",
    killedBy: living(
      "a member that its group has not heard for a session owns nothing, and has its work again when it is heard",
    ),
  },
  {
    removes: "that a member which slept claims nothing",
    file: LIVES,
    find: "isLost ? NO_CLAIM : claim()",
    replace: "claim()",
    killedBy: living(
      "who wakes after its session claims nothing in the very moment that it joins, before any timer has run",
    ),
  },
  {
    removes: "that a member which alone is not answered ends its process",
    file: "packages/bus/src/kafka/signs.ts",
    find: "mute = isMute ? mute + 1 : 0",
    replace: "mute = isMute ? 0 : 0",
    killedBy: living("a consumer that gives no sign for two minutes while the brokers answer ends the process"),
  },
  {
    removes: "that a question which is lost is asked again over new connections",
    file: "packages/bus/src/kafka/reading.ts",
    find: "within(ANSWER_MS_MAX, fetchNext(cluster, names, share, nexts))",
    replace: "fetchNext(cluster, names, share, nexts)",
    killedBy: {
      file: "packages/bus/src/kafka/tail.test.ts",
      test: "a question that is lost is asked again over new connections",
    },
  },
  {
    removes: "that positions which are told too late are left alone",
    file: "packages/bus/src/kafka/ownership.ts",
    find: "mine !== epoch || ",
    replace: "",
    killedBy: {
      file: "packages/bus/src/kafka/ownership.test.ts",
      test: "an answer that comes after the next assignment means nothing",
    },
  },
  {
    removes: "that an answer which overtook the beginning of a partition is asked for again",
    file: "packages/bus/src/kafka/feed.ts",
    find: "begun.delete(name) && ",
    replace: "false && ",
    killedBy: {
      file: "packages/bus/src/kafka/feed.test.ts",
      test: "an answer that overtook the beginning is asked for again, and what is gone is read over the second time",
    },
  },
  {
    removes: "that what waits is thrown away with its partition",
    file: "packages/bus/src/kafka/feed.ts",
    find: "if (!kept.has(name)) waiting.delete(name)",
    replace: "kept.has(name)",
    killedBy: {
      file: "packages/bus/src/kafka/feed.test.ts",
      test: "what waits is thrown away when its partition is somebody else's",
    },
  },
  {
    removes: "TLS on the way to brokers elsewhere",
    file: CONNECTION,
    find: "far !== undefined && !isTls && !mayBePlain",
    replace: "false",
    killedBy: connecting("brokers elsewhere are not spoken to in the clear"),
  },
  {
    removes: "the password for brokers elsewhere",
    file: CONNECTION,
    find: "far !== undefined && password === undefined && !mayBePlain",
    replace: "false",
    killedBy: connecting("brokers elsewhere are not spoken to without a password"),
  },
];
