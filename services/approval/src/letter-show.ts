import { iso } from "@holdfast/schemas";
import type { Hold, Letter, Letters } from "@holdfast/bus";
import type { Knowledge, Story } from "./knowledge.ts";
import type { Json } from "./show.ts";

type Fields = { readonly [name: string]: Json };

/** A letter as the door tells it. */
export function shownLetter(letters: Letters, letter: Letter): Fields {
  const { id, topic, partition, offset, time, group, key, errorClass, error, attempts } = letter;
  const hold = letters.holdOf(letter);
  return {
    id,
    state: stateOf(letters, letter),
    topic,
    partition,
    offset,
    group,
    key: key.toString(),
    incident: topic === "alerts" ? null : key.toString(),
    errorClass,
    error,
    attempts,
    since: iso(letter.firstFailedAt),
    recordedAt: iso(time),
    heldBy: hold?.letter.id ?? null,
    waiting: hold?.letter.id === id ? hold.followers.map((follower) => follower.id) : [],
    decisions: letters.decisionsOn(id).map(({ id: decision, kind, person, reason, firstFailedAt }) => ({
      id: decision,
      kind,
      by: person?.name ?? "",
      subject: person?.subject ?? "",
      reason: reason ?? "",
      at: iso(firstFailedAt),
    })),
  };
}

/** What became of it: `holds` waits for a person, `follows` waits behind one that does. */
export function stateOf(letters: Letters, letter: Letter): string {
  const hold = letters.holdOf(letter);
  if (hold !== undefined && hold.letter.id !== letter.id) return "follows";
  if (hold !== undefined) return hold.dropped === undefined ? "holds" : "dropped";
  const kinds = letters.decisionsOn(letter.id).map(({ kind }) => kind);
  if (kinds.includes("replay")) return "replayed";
  if (kinds.includes("release")) return "released";
  return letter.errorClass === "held" ? "went on" : "parked";
}

/** What holds an incident: under its own key, and under that of each of its alerts. */
export function holdsOf({ parked }: Knowledge, { id, changes }: Story): readonly Hold[] {
  const keys = new Set([id, ...changes.flatMap(({ event }) => event.fingerprint ?? [])]);
  return [...parked.letters.holds()].filter(({ letter }) => keys.has(letter.key.toString()));
}

export function shownHold(hold: Hold): Fields {
  const { letter, followers, dropped } = hold;
  return {
    letter: letter.id,
    group: letter.group,
    topic: letter.topic,
    errorClass: letter.errorClass,
    since: iso(letter.firstFailedAt),
    waiting: followers.length,
    dropped: dropped !== undefined,
    says: holdSays(hold),
  };
}

/** In one line: since when, by which letter, and what a person can do. */
export function holdSays({ letter, followers, dropped }: Hold): string {
  const { id, group, topic, partition, offset, errorClass, firstFailedAt } = letter;
  const short = id.slice(0, 8);
  const place = `${topic}/${partition}/${offset}`;
  if (dropped !== undefined)
    return `dropped in ${group} by ${dropped.person?.name ?? "somebody"}, who said: ${dropped.reason ?? ""}. Its later records stand in dead-letters until it closes. To let it go on after all: holdfast dead-letters release ${short} --reason TEXT`;
  const behind = followers.length === 0 ? "" : `, and ${followers.length} records wait behind it`;
  return `held in ${group} since ${iso(firstFailedAt)} by dead letter ${short} (${place}, ${errorClass})${behind}. To go on without that record: holdfast dead-letters release ${short} --reason TEXT`;
}
