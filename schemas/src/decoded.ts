import { decode } from "./codec.ts";
import { isTopic, type Events, type Topic } from "./topics.ts";
import { backOutWord, tierWord } from "./words.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Fields that hold the signed bytes of another record. */
const RECORDS: Readonly<Record<string, Topic>> = { draft: "proposals.drafted" };
/** Envelopes, by the field that holds them. */
const ENVELOPES: Readonly<Record<string, Topic>> = { allowed: "proposals.allowed", envelope: "approvals" };
/** Symbols that doors spell in another way than the wire does. */
const WORDS: Readonly<Record<string, string>> = {
  "tier one_ack": tierWord("one_ack"),
  "tier two_people": tierWord("two_people"),
  "kind self_heals": backOutWord("self_heals"),
};
const JSON_FIELDS: ReadonlySet<string> = new Set(["before", "after", "body"]);

/** An event as people read it: signed bytes inside it decoded, JSON as JSON, other bytes in base64. */
export function decodedEvent<T extends Topic>(topic: T, event: Events[T]): Json {
  return topic === "dead-letters" ? deadLetter(event as Events["dead-letters"]) : readable(event, "", undefined);
}

function readable(value: unknown, name: string, inside: Topic | undefined): Json {
  if (value instanceof Uint8Array)
    return bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength), name, inside);
  if (Array.isArray(value)) return value.map((item) => readable(item, name, inside));
  if (typeof value === "object" && value !== null) {
    const envelope = ENVELOPES[name];
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item, key, envelope)]));
  }
  if (typeof value === "string") return WORDS[`${name} ${value}`] ?? value;
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

function bytes(value: Buffer, name: string, inside: Topic | undefined): Json {
  const topic = name === "payload" ? inside : RECORDS[name];
  if (topic !== undefined) return record(topic, value);
  return JSON_FIELDS.has(name) ? json(value) : value.toString("base64");
}

function record(topic: Topic, value: Buffer): Json {
  try {
    return decodedEvent(topic, decode(topic, value));
  } catch {
    return value.toString("base64");
  }
}

function json(value: Buffer): Json {
  try {
    const parsed: Json = JSON.parse(value.toString());
    return parsed;
  } catch {
    return value.toString("base64");
  }
}

/**
 * What lies in dead-letters may be hostile: only what decodes is shown as what it claims to be. A letter in a letter is none
 * of ours, for nobody takes records of that topic, and thousands in each other would keep the log from its receipts.
 */
function deadLetter({ key, value, headers, ...rest }: Events["dead-letters"]): Json {
  const { topic } = rest;
  const isShown = value !== null && isTopic(topic) && topic !== "dead-letters";
  const inner = isShown ? record(topic, value) : readable(value, "", undefined);
  return {
    ...Object.fromEntries(Object.entries(rest).map(([name, item]) => [name, readable(item, "", undefined)])),
    key: key.toString(),
    value: inner,
    headers: headers.map((header) => ({ name: header.name, value: header.value.toString() })),
  };
}
