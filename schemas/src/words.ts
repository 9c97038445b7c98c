import type { BackOutKind, Tier } from "./generated.ts";

/** Avro's symbols cannot hold a hyphen: these are the words that people, the HTTP doors and the guard use. */
export type TierWord = "one-ack" | "typed" | "two-people";
export type BackOutWord = "command" | "self-heals";

const TIERS: Readonly<Record<TierWord, Tier>> = { "one-ack": "one_ack", typed: "typed", "two-people": "two_people" };

export function tierSymbol(word: TierWord): Tier {
  return TIERS[word];
}

/** @throws on UNKNOWN, which is refused wherever it turns up. */
export function tierWord(symbol: Tier): TierWord {
  switch (symbol) {
    case "one_ack":
      return "one-ack";
    case "typed":
      return "typed";
    case "two_people":
      return "two-people";
    case "UNKNOWN":
      throw new TypeError("the proposal has a tier that this version does not know, so it is refused");
  }
}

export function backOutWord(symbol: BackOutKind): BackOutWord {
  switch (symbol) {
    case "command":
      return "command";
    case "self_heals":
      return "self-heals";
    case "UNKNOWN":
      throw new TypeError("the proposal has a back-out of a kind that this version does not know, so it is refused");
  }
}

/** Sorted, as every list of names and values is. */
export function nameValues(map: Readonly<Record<string, string>>): { readonly name: string; readonly value: string }[] {
  return Object.entries(map)
    .map(([name, value]) => ({ name, value }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws when a name stands there twice. */
export function recordOf(
  entries: readonly { readonly name: string; readonly value: string }[],
): Readonly<Record<string, string>> {
  const names = new Set(entries.map(({ name }) => name));
  if (names.size < entries.length) throw new TypeError("a list of names and values holds one name twice");
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}
