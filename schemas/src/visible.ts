/** Unassigned, private, control, format and surrogate characters, line separators, and whatever renderers may ignore. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text that others wrote, as a model or a person may see it: what hides, moves a cursor or turns the line round is spelled out. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character === "\n" || character === "\t" ? character : spelled(character),
  );
}

/** The same where a line break would forge a line of ours. */
export function visibleLine(text: string): string {
  return text.replace(INVISIBLE, spelled);
}

/** JSON that says the same and is safe to print: what is invisible is escaped as JSON escapes it. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(INVISIBLE, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

function spelled(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
