import { personKey } from "./facts.ts";
import type { PersonId } from "./facts.ts";

export type VoteRecord = {
  readonly kind: "vote";
  readonly id: string;
  readonly person: PersonId;
  /** Of the sealed proposal that the vote is about. */
  readonly digest: string;
  readonly decision: "approve" | "reject";
  /** The broker's, in Unix milliseconds. */
  readonly time: number;
  /** What `counts` said. */
  readonly countable: boolean;
};

export type ClosingRecord = {
  readonly kind: "closing";
  readonly id: string;
  readonly closing: "expired" | "withdrawn" | "superseded";
  readonly time: number;
};

export type ApprovalRecord = VoteRecord | ClosingRecord;

/** What the sealed proposal says about its own verdict. */
export type Terms = {
  readonly digest: string;
  readonly quorum: number;
  readonly roles: readonly string[];
  readonly level: number;
  /** The first moment at which a vote is too late. */
  readonly lastMoment: number;
};

export type Standing =
  | { readonly state: "open"; readonly approvals: readonly VoteRecord[] }
  | { readonly state: "approved"; readonly votes: readonly VoteRecord[]; readonly at: number }
  | { readonly state: "rejected"; readonly by: ApprovalRecord; readonly at: number };

/** Whether the vote names these terms and its person, as the door found them, satisfies them. */
export function counts(
  vote: { readonly digest: string; readonly roles: readonly string[]; readonly level: number },
  terms: Terms,
): boolean {
  return (
    vote.digest === terms.digest && vote.level >= terms.level && vote.roles.some((role) => terms.roles.includes(role))
  );
}

/**
 * The verdict on one proposal, from its records in offset order and nothing else: no file, no view, no clock.
 *
 * INVARIANT: the first of a countable rejection, a closing and the vote that completes the quorum decides, and
 * records after it change nothing. So whoever folds the same records, however late, finds the same verdict.
 */
export function foldVotes(records: readonly ApprovalRecord[], terms: Terms): Standing {
  const seen = new Set<string>();
  const approvals = new Map<string, VoteRecord>();
  for (const record of records) {
    if (seen.has(record.id)) continue;
    seen.add(record.id);
    if (record.kind === "closing") return { state: "rejected", by: record, at: record.time };
    if (!record.countable || record.digest !== terms.digest || record.time >= terms.lastMoment) continue;
    if (record.decision === "reject") return { state: "rejected", by: record, at: record.time };
    const person = personKey(record.person);
    if (!approvals.has(person)) approvals.set(person, record);
    if (approvals.size >= terms.quorum) return { state: "approved", votes: [...approvals.values()], at: record.time };
  }
  return { state: "open", approvals: [...approvals.values()] };
}
