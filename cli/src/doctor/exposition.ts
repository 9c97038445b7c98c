/** One line of a metrics page. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** A metrics page by the names of its metrics; a line that is not understood is left out. */
export type Exposition = { readonly of: (name: string) => readonly Sample[]; readonly sum: (name: string) => number };

const LINE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/i;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"/gi;

export function readExposition(text: string): Exposition {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const named = [...labels.matchAll(LABEL)].map(([, label = "", given = ""]) => [label, given] as const);
    samples.set(name, [...(samples.get(name) ?? []), { labels: Object.fromEntries(named), value: Number(value) }]);
  }
  const of = (name: string): readonly Sample[] => samples.get(name) ?? [];
  return { of, sum: (name) => of(name).reduce((sum, { value }) => sum + value, 0) };
}
