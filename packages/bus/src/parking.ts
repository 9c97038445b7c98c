import { stepId, type Codec, type DeadLetter, type Topic } from "@holdfast/schemas";
import type { Log } from "./log.ts";
import type { Next, Raw } from "./port.ts";
import { caughtUpWith } from "./follow.ts";

/** Why a record was parked. */
export type ErrorClass = "undecodable" | "unverified" | "crashed" | "held";

export type Fault = { readonly errorClass: ErrorClass; readonly why: string; readonly attempts: number };

/** The dead letter of a record for a group. Its id is the same whoever writes it, and however often. */
export function deadLetter(raw: Raw, group: string, { errorClass, why, attempts }: Fault, now: number): DeadLetter {
  return {
    id: stepId(`${raw.topic}/${raw.partition}/${raw.offset}`, `dead-letter/${group}`),
    key: Buffer.from(raw.key),
    topic: raw.topic,
    partition: raw.partition,
    offset: raw.offset,
    time: raw.time,
    value: raw.value,
    headers: raw.headers,
    group,
    errorClass,
    error: why,
    attempts,
    firstFailedAt: now,
  };
}

/** Writes the letter; what is too large to be copied is named by its place alone. */
export async function park(log: Log, codec: Codec, letter: DeadLetter): Promise<void> {
  const message = fitting(codec, letter);
  await log.append({
    topic: "dead-letters",
    key: letter.key.toString(),
    value: message.value,
    headers: message.headers,
  });
}

function fitting(codec: Codec, letter: DeadLetter): ReturnType<Codec["write"]> {
  try {
    return codec.write("dead-letters", letter);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const error = `${letter.error}; too large to be copied here, it stands at ${letter.topic}/${letter.partition}/${letter.offset}`;
    return codec.write("dead-letters", { ...letter, value: null, headers: [], error });
  }
}

/** The keys whose later records follow the first one to `dead-letters`, for one group: a fold of that topic. */
export type HeldKeys = {
  readonly has: (key: string) => boolean;
  readonly add: (key: string) => void;
  readonly refresh: () => Promise<void>;
};

export function openHeldKeys(log: Log, codec: Codec, group: string, topics: readonly Topic[]): HeldKeys {
  const held = new Set<string>();
  let read: readonly Next[] = [];
  return {
    has: (key) => held.has(key),
    add: (key) => void held.add(key),
    refresh: async () => {
      read = await caughtUpWith(log, ["dead-letters"], read, ({ topic, value, headers }) => {
        const reading = codec.read(topic, value, headers);
        if (reading.outcome !== "valid" || !("firstFailedAt" in reading.event)) return;
        const letter = reading.event;
        if (letter.group === group && topics.some((of) => of === letter.topic)) held.add(letter.key.toString());
      });
    },
  };
}
