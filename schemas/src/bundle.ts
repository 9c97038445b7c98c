import { decode, type Codec } from "./codec.ts";
import { digestOf } from "./digest.ts";
import type { Allowed, Approval, Approved, Drafted, SealedRecord, Vote } from "./generated.ts";

/** One vote as it was verified inside the bundle: the record, the vote in it, and where and when the bus took it. */
export type BundledVote = { readonly record: Approval; readonly vote: Vote; readonly at: SealedRecord };

/** An approved proposal with everything inside it verified and decoded. The executor acts on this and on nothing else. */
export type Bundle = {
  readonly approved: Approved;
  readonly allowed: Allowed;
  readonly draft: Drafted;
  readonly digest: string;
  readonly votes: readonly BundledVote[];
};

export type OpenedBundle =
  | { readonly outcome: "valid"; readonly bundle: Bundle }
  | { readonly outcome: "forged"; readonly why: string };

/** @param approved decoded from bytes that verified: what is inside it is verified here, and must agree with it. */
export function openBundle(codec: Codec, approved: Approved): OpenedBundle {
  const allowed = codec.open("proposals.allowed", approved.allowed);
  if (allowed.outcome !== "valid") return { outcome: "forged", why: `its proposal does not verify: ${allowed.why}` };
  const digest = digestOf(approved.allowed.payload);
  if (digest !== approved.digest) return { outcome: "forged", why: "its digest is not that of the proposal inside it" };
  if (allowed.event.proposal !== approved.proposal || allowed.event.incident !== approved.incident) {
    return { outcome: "forged", why: "the proposal inside it is another one than it names" };
  }
  const votes: BundledVote[] = [];
  for (const at of approved.votes) {
    const reading = codec.open("approvals", at.envelope);
    if (reading.outcome !== "valid")
      return { outcome: "forged", why: `one of its votes does not verify: ${reading.why}` };
    if (reading.event.vote === null) return { outcome: "forged", why: "one of its votes is no vote" };
    votes.push({ record: reading.event, vote: reading.event.vote, at });
  }
  return {
    outcome: "valid",
    bundle: {
      approved,
      allowed: allowed.event,
      draft: decode("proposals.drafted", allowed.event.draft),
      digest,
      votes,
    },
  };
}
