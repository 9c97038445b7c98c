import { z } from "zod";

const TEXT_MAX = 2_000;

/** What the body of a vote may hold, and nothing else. */
const Ballot = z.strictObject({
  proposalId: z.string().min(1).max(100),
  digest: z.string().regex(/^[0-9a-f]{64}$/, "must be the digest of the proposal, 64 lower-case hexadecimal digits"),
  decision: z.enum(["approve", "reject"]),
  typed: z.string().max(TEXT_MAX).optional(),
  reason: z.string().max(TEXT_MAX).optional(),
});

export type Ballot = z.infer<typeof Ballot>;

/** The ballot, or the sentence that says what is wrong with it. */
export function readBallot(body: unknown): Ballot | string {
  const read = Ballot.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return `${issue?.path.map(String).join(".") || "the body"}: ${issue?.message ?? "it is not a vote"}`;
}
