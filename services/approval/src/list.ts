import { stateOf, type Proposal, type ProposalState } from "@holdfast/proposals";
import type { Eye } from "./show.ts";

const STATES: readonly ProposalState[] = [
  "drafted",
  "denied",
  "open",
  "rejected",
  "approved",
  "started",
  "succeeded",
  "failed",
  "refused",
  "unknown",
];
const LIMIT = 50;
const LIMIT_MAX = 200;

/** A page of a list, the newest first; `next` is what to ask `after`, null at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

export type Asked = { readonly state?: ProposalState; readonly after?: string; readonly limit: number };

/** What a list is asked for, or the sentence that says why it cannot be. */
export function askedList(query: URLSearchParams, names: readonly string[]): Asked | string {
  for (const name of query.keys()) {
    if (!names.includes(name)) return `There is no parameter ${name} here: ask with ${names.join(", ")}.`;
    if (query.getAll(name).length > 1) return `The parameter ${name} may be given once.`;
  }
  const { state, after, limit = String(LIMIT) } = Object.fromEntries(query);
  const known = STATES.find((each) => each === state);
  if (state !== undefined && known === undefined) return `There is no state ${state}: ask for ${STATES.join(", ")}.`;
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LIMIT_MAX) return `limit must be from 1 to ${LIMIT_MAX}.`;
  return { ...(known && { state: known }), ...(after !== undefined && { after }), limit: Number(limit) };
}

/** @returns undefined where `after` names nothing. */
export function paged<T extends { readonly id: string }>(
  newestFirst: readonly T[],
  after: string | undefined,
  limit: number,
  fits: (item: T) => boolean,
): Page<T> | undefined {
  const from = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && from === 0) return undefined;
  const items: T[] = [];
  for (const item of newestFirst.slice(from)) {
    if (!fits(item)) continue;
    // One more that fits shows that there is a next page.
    if (items.length === limit) return { items, next: items.at(-1)?.id ?? null };
    items.push(item);
  }
  return { items, next: null };
}

export function newestFirst(proposals: Iterable<Proposal>): readonly Proposal[] {
  return [...proposals].toSorted((a, b) => bornAt(b) - bornAt(a) || (a.id < b.id ? -1 : 1));
}

export function isIn({ open, now, settleMs }: Eye, state: ProposalState | undefined): (proposal: Proposal) => boolean {
  return (proposal) => state === undefined || stateOf(open, proposal, now, settleMs) === state;
}

/** The broker's time of its first record that is here. */
function bornAt({ drafted, denied, allowed }: Proposal): number {
  return (drafted ?? denied ?? allowed)?.time ?? 0;
}
