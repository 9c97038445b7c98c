import type { Consumer } from "kafkajs";
import type { Note } from "../port.ts";
import { backOffMs, pause } from "../waiting.ts";
import { NO_CLAIM, type Claim } from "./assigner.ts";
import type { Consuming } from "./consuming.ts";
import type { TopicPartition } from "../topic-partition.ts";
import { watchSigns } from "./signs.ts";
import { isAnswered } from "./within.ts";
import { isNotReady, isRefused, typeOf, whyOf } from "./refusals.ts";

/** What kafkajs makes of a group that this user may not join, and sometimes of brokers that are just coming back. */
const NOT_LET_IN = "KafkaJSGroupCoordinatorNotFound";
const NOT_LET_IN_MAX = 8;
const LOOK_MS = 250;
/** So often in a row a group may be not ready before that is trouble: some four seconds, and a small broker is done in one. */
const NOT_READY_MAX = 5;

/** What a consumer tells of its membership. */
export type Hearing = {
  /** Asked at each join. */
  readonly joining: (claim: () => Claim) => Claim;
  readonly joined: (assigned: readonly TopicPartition[]) => void;
  readonly beat: () => void;
};

type Options = {
  readonly group: string;
  readonly sessionMs: number;
  readonly note: Note;
  readonly fatal: (cause: Error) => void;
  readonly closing: AbortSignal;
  readonly open: (hear: Hearing) => Consuming;
  readonly own: (assigned: readonly TopicPartition[]) => void;
  /** Resolves when the brokers answer at all. */
  readonly answers: () => Promise<unknown>;
};

export type Lives = {
  /** The consumer that runs now. */
  readonly consumer: () => Consumer | undefined;
  /** Leaves the group, so that others need not wait for the end of the session. */
  readonly end: () => Promise<void>;
};

/**
 * Keeps a member in its group: opens a consumer after the one that crashed, and stops the work of a member that its group has
 * not heard for a whole session, because somebody else may have it.
 */
export function openLives({ group, sessionMs, note, fatal, closing, open, own, answers }: Options): Lives {
  let current: Consuming | undefined;
  let assigned: readonly TopicPartition[] = [];
  let [silence, joins, isLost] = [stopwatch(), 0, false];
  const giveSign = watchSigns({ group, answers, fatal, closing });

  const giveUpIfSilent = (): void => {
    if (isLost || assigned.length === 0 || silence() <= sessionMs) return;
    isLost = true;
    note("warn", { group, sessionMs }, SILENT_SENTENCE);
    own([]);
  };
  const hear: Hearing = {
    joining: (claim) => {
      giveUpIfSilent();
      return isLost ? NO_CLAIM : claim();
    },
    joined: (now) => {
      [silence, joins, isLost, assigned] = [stopwatch(), joins + 1, false, now];
      giveSign();
      own(now);
    },
    beat: () => {
      silence = stopwatch();
      giveSign();
      if (!isLost) return;
      isLost = false;
      own(assigned);
    },
  };
  const timer = setInterval(giveUpIfSilent, LOOK_MS);
  const closed = new Promise<undefined>((resolve) => closing.addEventListener("abort", () => resolve(undefined)));

  const live = async (): Promise<void> => {
    for (let [failures, refusals, unready] = [0, 0, 0]; !closing.aborted;) {
      const before = joins;
      giveSign();
      current = open(hear);
      const cause = await Promise.race([current.crashed, closed]);
      if (cause === undefined) return;
      void current.disconnect().catch(() => undefined);
      [current, assigned] = [undefined, []];
      own([]);
      const wasIn = joins > before;
      failures = wasIn ? 1 : failures + 1;
      refusals = typeOf(cause) === NOT_LET_IN ? refusals + 1 : 0;
      if (isRefused(cause) || (refusals >= NOT_LET_IN_MAX && (await isAnswered(answers))))
        return fatal(notLetIn(group, cause));
      const againInMs = backOffMs(Math.min(failures, 6), Math.random);
      unready = isNotReady(cause) && !wasIn ? unready + 1 : 0;
      const isComing = unready > 0 && unready <= NOT_READY_MAX;
      const [level, sentence] = isComing
        ? (["info", NOT_READY_SENTENCE] as const)
        : (["warn", CRASHED_SENTENCE] as const);
      note(level, { group, againInMs, why: whyOf(cause) }, sentence);
      await pause(againInMs, closing);
    }
  };
  void live();
  return {
    consumer: () => current?.running(),
    end: async () => {
      clearInterval(timer);
      await current?.disconnect().catch(() => undefined);
    },
  };
}

/** How long ago: one clock may be set back, and the other stands still while the machine sleeps. */
function stopwatch(): () => number {
  const [wall, steady] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - steady);
}

function notLetIn(group: string, cause: Error): Error {
  return new Error(
    `Kafka does not let this service into its group ${group} (${typeOf(cause)}: ${whyOf(cause)}). Give its user the right to read the group and its topics: holdfast topics apply.`,
    { cause },
  );
}

const SILENT_SENTENCE =
  "The brokers have not answered this member of a group for a whole session, so another may have its work: it stops, and takes it up again when they answer.";
const NOT_READY_SENTENCE = "Kafka is not ready for this group yet, as after a broker's start. Its member asks again.";
const CRASHED_SENTENCE =
  "The connection of a group's member to Kafka ended. It owns nothing until it has joined again, which it tries now.";
