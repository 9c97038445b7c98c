import type { Evidence } from "@holdfast/schemas";

/** Everything that a model was shown, each under the id by which it must cite it. */
export type EvidenceBook = {
  readonly add: (evidence: Omit<Evidence, "id">) => string;
  /** What of these ids there is, each once, and how many there are not. */
  readonly cite: (ids: readonly string[]) => { readonly known: readonly string[]; readonly unknown: number };
  readonly quoted: (ids: Iterable<string>) => readonly Evidence[];
};

export function openEvidenceBook(): EvidenceBook {
  const pages = new Map<string, Evidence>();
  return {
    add: (evidence) => {
      const id = `e${pages.size + 1}`;
      pages.set(id, { id, ...evidence });
      return id;
    },
    cite: (ids) => {
      const once = [...new Set(ids)];
      const known = once.filter((id) => pages.has(id));
      return { known, unknown: once.length - known.length };
    },
    quoted: (ids) => [...new Set(ids)].flatMap((id) => pages.get(id) ?? []),
  };
}
