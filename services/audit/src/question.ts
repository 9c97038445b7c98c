import { isTopic } from "@holdfast/schemas";
import type { Asked as AskedEvents } from "./events.ts";
import type { Asked as AskedReceipt } from "./receipt.ts";

/** What a request asks for, or the sentence that says why it cannot be asked. */
export type Question<T> =
  | { readonly outcome: "asked"; readonly asked: T }
  | { readonly outcome: "malformed"; readonly because: string };

const LIMIT = 100;
const LIMIT_MAX = 500;
const TEXT_MAX = 200;
const NAMES = ["topic", "incident", "proposal", "after", "limit", "duplicates"];

export function askedEvents(query: URLSearchParams): Question<AskedEvents> {
  for (const name of new Set(query.keys())) {
    if (!NAMES.includes(name)) return malformed(`There is no parameter "${name}": ask with ${NAMES.join(", ")}.`);
    if (query.getAll(name).length > 1) return malformed(`The parameter ${name} may be given once.`);
    if ((query.get(name) ?? "").length > TEXT_MAX)
      return malformed(`The parameter ${name} is longer than ${TEXT_MAX} characters.`);
  }
  const { topic, incident, proposal, after, limit, duplicates } = Object.fromEntries(query);
  if (topic !== undefined && !isTopic(topic)) return malformed(`There is no topic "${topic}".`);
  const [from, most] = [wholeNumber(after), wholeNumber(limit ?? String(LIMIT))];
  if (after !== undefined && from === undefined)
    return malformed("after must be a log index: events after it are answered.");
  if (most === undefined || most < 1 || most > LIMIT_MAX) return malformed(`limit must be from 1 to ${LIMIT_MAX}.`);
  if (duplicates !== undefined && !["0", "1"].includes(duplicates))
    return malformed("duplicates must be 1 (every entry of the log) or 0 (each event once).");
  const filters = {
    ...(topic !== undefined && { topic }),
    ...(incident !== undefined && { incident }),
    ...(proposal !== undefined && { proposal }),
  };
  return { outcome: "asked", asked: { ...filters, after: from ?? -1, limit: most, duplicates: duplicates === "1" } };
}

export function askedReceipt(topic: string, partition: string, offset: string): Question<AskedReceipt> {
  const [at, place] = [wholeNumber(partition), wholeNumber(offset)];
  if (!isTopic(topic)) return malformed(`There is no topic "${topic.slice(0, TEXT_MAX)}".`);
  if (at === undefined || place === undefined)
    return malformed("Partition and offset must be whole numbers: ask for /v1/receipts/{topic}/{partition}/{offset}.");
  return { outcome: "asked", asked: { topic, partition: at, offset: place } };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
}

function malformed(because: string): { readonly outcome: "malformed"; readonly because: string } {
  return { outcome: "malformed", because };
}
