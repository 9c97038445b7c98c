import type { Found, Rank } from "./signature.ts";

const RANKS: Readonly<Record<Rank, number>> = { release: 0, node: 1, other: 2 };

/**
 * The finding to act on first: a release that fails beside a healthy one beats everything, then what shares a node, then
 * what explains more pods, then the order in which one pod is looked at. The others are findings and nothing more.
 */
export function ranked(findings: readonly Found[]): readonly Found[] {
  return findings.toSorted(
    (a, b) =>
      RANKS[a.rank] - RANKS[b.rank] ||
      b.explains.length - a.explains.length ||
      a.order - b.order ||
      (a.signature < b.signature ? -1 : 1),
  );
}
