import type { Proposal } from "@holdfast/proposals";
import { digestOf, shortCode } from "@holdfast/schemas";
import type { Knowledge, Story } from "./knowledge.ts";

export type Found =
  | { readonly outcome: "found"; readonly proposal: Proposal }
  | { readonly outcome: "none" }
  | { readonly outcome: "ambiguous"; readonly ids: readonly string[] };

export type FoundIncident =
  | { readonly outcome: "found"; readonly story: Story }
  | { readonly outcome: "none" }
  | { readonly outcome: "ambiguous"; readonly ids: readonly string[] };

const CODE = /^[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{2}$/;
const PREFIX = /^[0-9a-f][0-9a-f-]{7,35}$/;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * By id, by the beginning of an id (8 characters or more), or by short code. Two that fit are nobody's guess to make: whoever
 * drafts chooses the id, and one that spells another proposal's code must not take its place.
 */
export function findProposal(proposals: Iterable<Proposal>, name: string): Found {
  const all = [...proposals];
  const exact = ID.test(name) ? all.find(({ id }) => id === name) : undefined;
  if (exact !== undefined) return { outcome: "found", proposal: exact };
  const fits = all.filter((proposal) => isNamed(proposal, name));
  const [only] = fits;
  if (only === undefined) return { outcome: "none" };
  return fits.length === 1
    ? { outcome: "found", proposal: only }
    : { outcome: "ambiguous", ids: fits.map(({ id }) => id) };
}

/** By id, or by the beginning of an id (8 characters or more). */
export function findIncident({ incident, incidents }: Knowledge, name: string): FoundIncident {
  const exact = incident(name);
  if (exact !== undefined) return { outcome: "found", story: exact };
  const fits = PREFIX.test(name) ? [...incidents()].filter(({ id }) => id.startsWith(name)) : [];
  const [only] = fits;
  if (only === undefined) return { outcome: "none" };
  return fits.length === 1
    ? { outcome: "found", story: only }
    : { outcome: "ambiguous", ids: fits.map(({ id }) => id) };
}

function isNamed({ id, allowed }: Proposal, name: string): boolean {
  if (id === name) return true;
  if (PREFIX.test(name) && id.startsWith(name)) return true;
  // Crockford's letters: O is 0, I and L are 1, and case does not matter.
  const code = name.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  if (allowed === undefined || !CODE.test(code)) return false;
  return shortCode(digestOf(allowed.value)).replace("-", "") === code.replace("-", "");
}
