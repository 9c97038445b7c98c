import { readFileSync } from "node:fs";
import type { Raw } from "@holdfast/bus";
import { decode, isTopic, TOPICS, UndecodableError, visibleJson, type Topic } from "@holdfast/schemas";
import { openBus, pinnedKeys } from "../bus.ts";
import { given, type Command } from "../command.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { eventIn, recordLine } from "../record-line.ts";
import type { World } from "../world.ts";

const USAGE = "decode [TOPIC…] [--follow] [--since TIME|30m] | decode FILE";
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const VALUE_BYTES_MAX = 2 * 1024 * 1024;

export const command: Command = {
  usage: USAGE,
  says: "what stands on the topics, as JSON lines with the signatures checked; or one saved value",
  run: async (args, world) => {
    const options = { follow: { type: "boolean" }, since: { type: "string" } } as const;
    const { values, names } = given(USAGE, args, options, { least: 0, most: TOPICS.length });
    const [first] = names;
    if (names.length === 1 && first !== undefined && !isTopic(first)) return saved(world, first);
    const topics = names.map(topicNamed);
    const since = values.since === undefined ? 0 : momentOf(values.since, world.now());
    return records(world, topics.length === 0 ? TOPICS : topics, values.follow === true, since);
  },
};

async function records(world: World, topics: readonly Topic[], follows: boolean, since: number): Promise<ExitCode> {
  const trusted = pinnedKeys(world);
  await using bus = await openBus(world);
  await using following = bus.follow(topics, [], async (batch: readonly Raw[]) => {
    for (const raw of batch) {
      if (world.signal.aborted) return;
      if (raw.time >= since) world.say(visibleJson(recordLine(trusted, raw)));
    }
  });
  await Promise.race([following.caughtUp, stopped(world.signal)]);
  if (follows) await Promise.race([following.ended, stopped(world.signal)]);
  return EXIT.done;
}

/** A value alone says by its first ten bytes with which schema it was written, and so of which topic it is. */
function saved(world: World, file: string): ExitCode {
  const value = bytesOf(file);
  const topic = TOPICS.find((each) => isValueOf(each, value));
  if (topic === undefined)
    throw new Stopped(
      EXIT.refused,
      `${file} is no value of any topic: it does not decode with any schema of this version.`,
    );
  world.say(visibleJson({ topic, ...eventIn(pinnedKeys(world), topic, value, []) }));
  return EXIT.done;
}

function isValueOf(topic: Topic, value: Buffer): boolean {
  try {
    decode(topic, value);
    return true;
  } catch (cause) {
    if (cause instanceof UndecodableError) return false;
    throw cause;
  }
}

function bytesOf(file: string): Buffer {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= VALUE_BYTES_MAX) return bytes;
  } catch (cause) {
    throw new Stopped(EXIT.usage, `There is no topic and no file "${file}". The topics are ${TOPICS.join(", ")}.`, {
      cause,
    });
  }
  throw new Stopped(EXIT.refused, `${file} is larger than any record.`);
}

function topicNamed(name: string): Topic {
  if (isTopic(name)) return name;
  throw new Stopped(EXIT.usage, `There is no topic "${name}". The topics are ${TOPICS.join(", ")}.`);
}

/** A time, or so long ago: 30m, 2h. */
function momentOf(text: string, now: number): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const at = count === undefined ? Date.parse(text) : now - Number(count) * (UNITS[unit] ?? 0);
  if (!Number.isNaN(at)) return at;
  throw new Stopped(
    EXIT.usage,
    `--since takes a time, as 2026-11-22T02:50:00Z, or how long ago, as 30m or 2h; not "${text}".`,
  );
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
