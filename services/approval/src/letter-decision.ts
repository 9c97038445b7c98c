import type { Letter, Letters } from "@holdfast/bus";
import type { Person } from "@holdfast/guard";
import { stepId, type DeadLetter, type LetterKind } from "@holdfast/schemas";
import { z } from "zod";
import { refused, type Refused } from "./refusal.ts";

/** What a person decides about a dead letter. */
export type Decision = Exclude<LetterKind, "UNKNOWN" | "parked">;
export const DECISIONS: readonly Decision[] = ["release", "drop", "replay"];

const REASON_MAX = 2_000;
const Reasoned = z.strictObject({ reason: z.string().trim().min(1).max(REASON_MAX) });

export type LetterAnswer =
  | Refused
  | { readonly outcome: "repeated"; readonly id: string; readonly letter: Letter }
  | { readonly outcome: "decided"; readonly id: string; readonly letter: Letter; readonly event: DeadLetter };

type Asked = { readonly name: string; readonly decision: Decision; readonly body: unknown };

/**
 * Pure: a person lets an incident go on without a record, drops it, or says that a record is replayed. Nothing of it can
 * approve anything: what goes on goes through the same gate as ever. So any approver may, and says why.
 *
 * INVARIANT: the order of the checks is part of the door: 401, 400, 404, 409.
 */
export function decideLetter(
  letters: Letters,
  person: Person | undefined,
  { name, decision, body }: Asked,
  now: number,
): LetterAnswer {
  if (person === undefined)
    return refused(401, "No approver has this token. Send yours as: Authorization: Bearer TOKEN.");
  const reasoned = Reasoned.safeParse(body ?? {});
  if (!reasoned.success)
    return refused(400, "A decision about a dead letter is a JSON object with a reason. Nothing was recorded.");
  const found = findLetter(letters, name);
  if (found.outcome === "refused") return found;
  const { letter } = found;
  const earlier = letters.decisionsOn(letter.id).filter(({ kind }) => kind === decision);
  const id = stepId(letter.id, decision === "replay" ? `replay/${earlier.length}` : decision);
  if (earlier.some((known) => known.id === id)) return { outcome: "repeated", id, letter };
  const why = decision === "replay" ? undefined : whyNothingWaits(letters, letter, decision);
  if (why !== undefined) return refused(409, `${why} Nothing was recorded.`);
  return { outcome: "decided", id, letter, event: eventOf(id, letter, person, decision, reasoned.data.reason, now) };
}

/** By id, or by the beginning of one (8 characters or more). */
export function findLetter(
  letters: Letters,
  name: string,
): { readonly outcome: "found"; readonly letter: Letter } | Refused {
  const exact = letters.get(name);
  if (exact !== undefined) return { outcome: "found", letter: exact };
  const fits = /^[0-9a-f][0-9a-f-]{7,35}$/.test(name) ? [...letters.all()].filter(({ id }) => id.startsWith(name)) : [];
  const [only] = fits;
  if (only === undefined)
    return refused(404, `There is no dead letter ${name.slice(0, 100)}. /v1/dead-letters lists those that there are.`);
  if (fits.length > 1) return refused(409, `${fits.length} dead letters begin with ${name}. Name one by its whole id.`);
  return { outcome: "found", letter: only };
}

function whyNothingWaits(letters: Letters, letter: Letter, decision: Decision): string | undefined {
  const hold = letters.holdOf(letter);
  if (hold === undefined)
    return letter.holds
      ? "Nothing waits for this letter any more: it was decided, or its records went on."
      : "Nothing waits for this letter: its group went on without the record.";
  if (hold.letter.id !== letter.id)
    return `This record only followed another one: decide about ${hold.letter.id}, which holds it.`;
  return decision === "drop" && hold.dropped !== undefined ? "It is dropped already." : undefined;
}

function eventOf(
  id: string,
  letter: Letter,
  { issuer, subject, name, roles, level }: Person,
  kind: Decision,
  reason: string,
  now: number,
): DeadLetter {
  return {
    ...letter,
    id,
    kind,
    letter: letter.id,
    person: { issuer, subject, name, roles, level },
    reason,
    value: null,
    headers: [],
    errorClass: kind,
    error: reason,
    attempts: 0,
    firstFailedAt: now,
    holds: false,
  };
}
