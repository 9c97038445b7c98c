import type { DeadLetter } from "@holdfast/schemas";
import { letterId } from "./parking.ts";

/** A letter without the record inside it: what has to be known of it. */
export type Letter = Omit<DeadLetter, "value" | "headers">;

/** What is remembered of a letter: values may be large, and those that stand there many. */
export function withoutRecord({ value: _value, headers: _headers, ...letter }: DeadLetter): Letter {
  return letter;
}

/** A key that waits for a person, in one group: the letter that holds it, and the records that followed it since, in order. */
export type Hold = {
  readonly letter: Letter;
  readonly followers: readonly Letter[];
  /** A person's decision that nothing of it is wanted any more. */
  readonly dropped: Letter | undefined;
};

/**
 * What stands in `dead-letters`, as a fold: which keys are held, and what people decided. Pure, and in the order of a key the
 * same for the group that holds, for the door where people decide, and for whoever looks.
 *
 * INVARIANT: whoever folds a parked letter has seen that it agrees with the record that it names.
 */
export type Letters = {
  readonly fold: (letter: Letter) => void;
  readonly has: (letter: Letter) => boolean;
  readonly get: (id: string) => Letter | undefined;
  readonly all: () => Iterable<Letter>;
  readonly holds: () => Iterable<Hold>;
  readonly hold: (group: string, key: string) => Hold | undefined;
  /** The hold that a letter made, or is a part of. */
  readonly holdOf: (letter: Letter) => Hold | undefined;
  /** What a release lets go on: the records that had followed, in order. */
  readonly resumedBy: (release: string) => readonly Letter[];
  readonly decisionsOn: (id: string) => readonly Letter[];
  /** What was dropped is over. */
  readonly end: (group: string, key: string) => void;
};

type Mutable = { readonly letter: Letter; readonly followers: Letter[]; dropped: Letter | undefined };

export function openLetters(): Letters {
  const known = new Set<string>();
  const letters = new Map<string, Letter>();
  const decisions = new Map<string, Letter[]>();
  const holds = new Map<string, Mutable>();
  const resumed = new Map<string, Letter[]>();
  /** Of each key the releases: what is parked after one has an id that follows from it. */
  const releases = new Map<string, string[]>();
  /** Of each key the newest release: a record may follow into dead-letters before the group has heard of it. */
  const newest = new Map<string, Letter[]>();

  const park = (letter: Letter, at: string): void => {
    const hold = holds.get(at);
    if (hold !== undefined && letters.has(letter.id)) return; // told once more in other words, it follows nobody
    letters.set(letter.id, letter);
    if (hold !== undefined) hold.followers.push(letter);
    else if (letter.errorClass === "held") newest.get(at)?.push(letter);
    else if (letter.holds) holds.set(at, { letter, followers: [], dropped: undefined });
  };
  const decide = (decision: Letter, at: string): void => {
    const about = decision.letter ?? "";
    if (decision.kind === "release") releases.set(at, [...(releases.get(at) ?? []), decision.id]);
    decisions.set(about, [...(decisions.get(about) ?? []), decision]);
    const hold = holds.get(at);
    if (hold?.letter.id !== about) return;
    if (decision.kind === "drop") hold.dropped ??= decision;
    if (decision.kind !== "release") return;
    holds.delete(at);
    resumed.set(decision.id, hold.followers);
    newest.set(at, hold.followers);
  };
  return {
    fold: (letter) => {
      if (known.has(nameOf(letter))) return;
      const at = placeOf(letter.group, letter.key.toString());
      if (letter.kind === "parked" && !isOwnId(letter, releases.get(at) ?? [])) return;
      known.add(nameOf(letter));
      if (letter.kind === "parked") park(letter, at);
      else decide(letter, at);
    },
    has: (letter) => known.has(nameOf(letter)),
    get: (id) => letters.get(id),
    all: () => letters.values(),
    holds: () => holds.values(),
    hold: (group, key) => holds.get(placeOf(group, key)),
    holdOf: (letter) => {
      const hold = holds.get(placeOf(letter.group, letter.key.toString()));
      return hold?.letter.id === letter.id || hold?.followers.includes(letter) === true ? hold : undefined;
    },
    resumedBy: (release) => resumed.get(release) ?? [],
    decisionsOn: (id) => decisions.get(id) ?? [],
    end: (group, key) => void holds.delete(placeOf(group, key)),
  };
}

/** INVARIANT: whoever may write a letter takes nobody else's id: it follows from the record, the group and the release before. */
function isOwnId(letter: Letter, releases: readonly string[]): boolean {
  return [undefined, ...releases].some((after) => letterId(letter, letter.group, after) === letter.id);
}

/** One that lies about why, or whether it holds, is not the true one, which may still come. */
function nameOf({ id, kind, errorClass, holds }: Letter): string {
  return `${id} ${kind} ${errorClass} ${holds}`;
}

function placeOf(group: string, key: string): string {
  return `${group} ${key}`;
}
