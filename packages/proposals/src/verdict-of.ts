import { counts, foldVotes, type ApprovalRecord, type Terms } from "@holdfast/guard";
import { digestOf, type Allowed, type Approval, type Codec, type Envelope } from "@holdfast/schemas";

/** A verified record of `approvals` with the broker's time; in offset order. */
export type Recorded = { readonly event: Approval; readonly time: number };

/** `deciding` is the record that made the verdict; `counted` are the votes that completed the quorum, in order. */
export type VerdictOf<R extends Recorded> =
  | { readonly state: "open"; readonly approvals: readonly R[] }
  | { readonly state: "approved"; readonly deciding: R; readonly counted: readonly R[]; readonly digest: string }
  | { readonly state: "rejected"; readonly deciding: R; readonly digest: string };

/**
 * The verdict on one proposal from its records in `approvals` and nothing else: each carries the signed proposal that it is
 * about, and that seals quorum, roles, level and last moment. Votes count per digest; the verdict is one per proposal.
 */
export function verdictOf<R extends Recorded>(open: Codec["open"], records: readonly R[]): VerdictOf<R> {
  const decided = digestsOf(open, records).map((sealed) => standing(sealed, records));
  const verdicts = decided.filter((verdict) => verdict.state !== "open");
  const [first] = verdicts.toSorted((a, b) => records.indexOf(a.deciding) - records.indexOf(b.deciding));
  if (first !== undefined) return first;
  return {
    state: "open",
    approvals: decided.flatMap((verdict) => (verdict.state === "open" ? verdict.approvals : [])),
  };
}

type Sealed = { readonly allowed: Allowed; readonly terms: Terms };

function digestsOf(open: Codec["open"], records: readonly Recorded[]): readonly Sealed[] {
  const envelopes = new Map<string, Envelope>();
  for (const { event } of records) {
    if (event.allowed !== null) envelopes.set(digestOf(event.allowed.payload), event.allowed);
  }
  return [...envelopes].flatMap(([digest, envelope]) => {
    const reading = open("proposals.allowed", envelope);
    if (reading.outcome !== "valid") return []; // a vote on what policy never sealed is a vote on nothing
    const { quorum, roles, level, lastMoment } = reading.event;
    return [{ allowed: reading.event, terms: { digest, quorum, roles, level, lastMoment } }];
  });
}

function standing<R extends Recorded>({ allowed, terms }: Sealed, records: readonly R[]): VerdictOf<R> {
  const mine = records.filter(
    ({ event }) =>
      event.proposal === allowed.proposal && event.allowed !== null && digestOf(event.allowed.payload) === terms.digest,
  );
  const byId = new Map(mine.toReversed().map((record) => [record.event.id, record]));
  const folded = foldVotes(
    mine.flatMap((record) => asVote(record, allowed, terms)),
    terms,
  );
  const of = (id: string): readonly R[] => [byId.get(id)].filter((record) => record !== undefined);
  if (folded.state === "open") return { state: "open", approvals: folded.approvals.flatMap(({ id }) => of(id)) };
  const counted = folded.state === "approved" ? folded.votes.flatMap(({ id }) => of(id)) : of(folded.by.id);
  const deciding = counted.at(-1);
  if (deciding === undefined) throw new Error("a verdict without the record that made it");
  return folded.state === "approved"
    ? { state: "approved", deciding, counted, digest: terms.digest }
    : { state: "rejected", deciding, digest: terms.digest };
}

function asVote({ event, time }: Recorded, allowed: Allowed, terms: Terms): readonly ApprovalRecord[] {
  const { id, vote, closing } = event;
  if (closing !== null && closing.closing !== "UNKNOWN")
    return [{ kind: "closing", id, closing: closing.closing, time }];
  if (vote === null || vote.decision === "UNKNOWN") return [];
  const { issuer, subject, roles, level } = vote.person;
  const typed = vote.decision === "reject" || allowed.tier === "one_ack" || vote.typed === allowed.confirmText;
  const countable = typed && event.digest === terms.digest && counts({ digest: terms.digest, roles, level }, terms);
  return [
    { kind: "vote", id, person: { issuer, subject }, digest: terms.digest, decision: vote.decision, time, countable },
  ];
}
