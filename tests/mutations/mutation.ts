/**
 * A guard taken out of the code, and the one test that must notice. `find` stands in the file exactly once; a run of white
 * space in it is any run of white space, so that the formatter may break its line.
 */
export type Mutation = {
  /** A sentence of what is no longer checked. It is the mutation's name. */
  readonly removes: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test by its full name, suites first, joined with " > ". */
  readonly killedBy: { readonly file: string; readonly test: string };
};

export function occurrences(text: string, { find }: Mutation): number {
  return text.split(pattern(find)).length - 1;
}

export function mutated(text: string, { find, replace }: Mutation): string {
  return text.replace(pattern(find), () => replace);
}

function pattern(find: string): RegExp {
  const words = find.trim().split(/\s+/);
  return new RegExp(words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+"), "g");
}
