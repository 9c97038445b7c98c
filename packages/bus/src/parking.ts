import { stepId, type Codec, type DeadLetter } from "@holdfast/schemas";
import type { Log } from "./log.ts";
import type { Raw } from "./port.ts";

/** Why a record was parked. */
export type ErrorClass = "undecodable" | "unverified" | "crashed" | "held" | "forged-bundle";

export type Fault = { readonly errorClass: ErrorClass; readonly why: string; readonly attempts: number };

/** How a group parks: whether later records of the key follow, and after which release it is parked once more. */
export type Parking = { readonly group: string; readonly holds: boolean; readonly after?: string };

/** @param after the release after which the record is parked once more. */
export function letterId(
  { topic, partition, offset }: Pick<DeadLetter, "topic" | "partition" | "offset">,
  group: string,
  after?: string,
): string {
  const step = after === undefined ? `dead-letter/${group}` : `dead-letter/${group}/${after}`;
  return stepId(`${topic}/${partition}/${offset}`, step);
}

/** The dead letter of a record for a group. Its id is the same whoever writes it, and however often. */
export function deadLetter(
  raw: Raw,
  { group, holds, after }: Parking,
  { errorClass, why, attempts }: Fault,
  now: number,
): DeadLetter {
  return {
    id: letterId(raw, group, after),
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
    kind: "parked",
    letter: null,
    person: null,
    reason: null,
    holds,
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
    return codec.write("dead-letters", letter, letter);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const error = `${letter.error}; too large to be copied here, it stands at ${letter.topic}/${letter.partition}/${letter.offset}`;
    return codec.write("dead-letters", { ...letter, value: null, headers: [], error });
  }
}
