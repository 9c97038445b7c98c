import type { Topic } from "@holdfast/schemas";
import type { Note } from "../port.ts";
import { backOffMs, pause } from "../waiting.ts";
import { MissingRecords } from "./fetching.ts";
import type { Names } from "./names.ts";
import { isRefused, typeOf, whyOf } from "./refusals.ts";
import { refusalOf } from "./topology/refusal.ts";

/** However long a broker is away, it is looked for again within a few seconds. */
const FAILURES_MAX = 6;

/** How a reader meets brokers that are away: it waits for them, however long. */
export type Interruptions = {
  /** Waits before the next try, longer each time. @throws a refusal: no broker that comes back would mend it. */
  readonly wait: (cause: unknown) => Promise<void>;
  readonly isOver: () => void;
  /** Asks until there is an answer; undefined where the reader stops first. @throws when the topic is another one, or not there. */
  readonly insist: <R>(ask: () => Promise<R>) => Promise<R | undefined>;
};

type Options = {
  readonly topics: readonly Topic[];
  readonly names: Names;
  readonly note: Note;
  readonly who: string;
  readonly stopping: AbortSignal;
};

export function openInterruptions({ topics, names, note, who, stopping }: Options): Interruptions {
  let failures = 0;
  const wait = async (cause: unknown): Promise<void> => {
    if (isRefused(cause))
      throw new Error(refusalOf(cause, { who, doing: "read", on: topics.map(names.ofTopic).join(", ") }), { cause });
    failures = Math.min(failures + 1, FAILURES_MAX);
    const againInMs = backOffMs(failures, Math.random);
    if (!stopping.aborted) note("warn", { topics, againInMs, why: whyOf(cause) }, INTERRUPTED_SENTENCE);
    await pause(againInMs, stopping);
  };
  return {
    wait,
    isOver: () => void (failures = 0),
    insist: async (ask) => {
      while (!stopping.aborted) {
        try {
          return await ask();
        } catch (cause) {
          if (cause instanceof MissingRecords || typeOf(cause) === "UNKNOWN_TOPIC_OR_PARTITION") throw cause;
          await wait(cause);
        }
      }
      return undefined;
    },
  };
}

const INTERRUPTED_SENTENCE = "Reading from Kafka was interrupted. It goes on where it was as soon as a broker answers.";
