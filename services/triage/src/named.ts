import type { OpenIncident, State } from "./state.ts";

const LETTERS_MIN = 4;

/** The open incident that is meant by its id, or by how that begins. @throws with a sentence. */
export function openIncident(state: Pick<State, "open" | "incident">, name: string): OpenIncident {
  const exact = state.incident(name);
  if (exact !== undefined) return exact;
  const fitting = name.length < LETTERS_MIN ? [] : [...state.open()].filter(({ id }) => id.startsWith(name));
  const [first, ...others] = fitting;
  if (first === undefined)
    throw new Error(
      `No open incident is called ${JSON.stringify(name.slice(0, 64))}. A model is asked about open ones alone; "holdfast incidents" lists them.`,
    );
  if (others.length > 0)
    throw new Error(`${fitting.length} open incidents begin with ${name}: ${fitting.map(({ id }) => id).join(", ")}.`);
  return first;
}
