import { fieldsOf, word, type Fields } from "./fields.ts";
import { row } from "./line.ts";

const ANSWERS = ["", "found", "nothing"];

/** Why the signatures answered alone although a model was to be asked: over budget, down, refused, stopped. Triage's own sentence. */
export function modelNote(incident: Fields): string | undefined {
  const { outcome, summary } = fieldsOf(incident["model"]);
  return ANSWERS.includes(word(outcome)) ? undefined : word(summary);
}

export function noteLines(incident: Fields): readonly string[] {
  const note = modelNote(incident);
  return note === undefined ? [] : row("MODEL", note);
}
