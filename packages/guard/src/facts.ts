/** What the guard is asked about, in plain values. Code computes every one of them; a message never supplies any. */

export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Env = (typeof ENVIRONMENTS)[number];

export const SCOPES = ["pod", "workload", "namespace", "cluster"] as const;
export type Scope = (typeof SCOPES)[number];

export const TIERS = ["one-ack", "typed", "two-people"] as const;
export type Tier = (typeof TIERS)[number];

export const LEVELS = [1, 2, 3, 4] as const;
export type Level = (typeof LEVELS)[number];

export type Place = {
  readonly env: Env;
  readonly scope: Scope;
  readonly cluster: string;
  /** Absent for what no namespace holds, such as a node. */
  readonly namespace?: string | undefined;
  readonly reversible: boolean;
};

export type Facts = Place & {
  /** "signature", or the name of the model that drafted it. */
  readonly agent: string;
  readonly tool: string;
  readonly hasBackOut: boolean;
  readonly podsAffected: number;
  readonly inMaintenance: boolean;
  readonly inFreeze: boolean;
  readonly evidenceAgeSeconds: number;
  /** Actions on this target in the hour before, this one not counted. 0 where budgets are not judged. */
  readonly actionsInLastHour: number;
  /** Unix milliseconds. */
  readonly now: number;
};

export type PersonId = { readonly issuer: string; readonly subject: string };

/** Whoever wants to approve. A person comes from the table of approvers, with the roles that stand there. */
export type Approver =
  | { readonly kind: "person"; readonly issuer: string; readonly subject: string; readonly roles: readonly string[] }
  | { readonly kind: "agent"; readonly agent: string };

export type AckFacts = Place & {
  readonly approver: Approver;
  readonly tier: Tier;
  readonly typedConfirmation: boolean;
  readonly digestMatches: boolean;
  /** Unix milliseconds; the first moment at which it is too late. */
  readonly expiresAt: number;
  /** Unix milliseconds; of a vote, the broker's time. */
  readonly now: number;
  readonly priorApprovers: readonly PersonId[];
  /** The level that the verifier found, never one that a message states. */
  readonly assurance: number;
};

export type DeniedBy = {
  readonly rule: string;
  readonly reason: string;
  /** Hard: nobody can waive it. Soft: it rests on a window or a freeze, which break-glass may open. */
  readonly hard: boolean;
};

export type Denial = { readonly outcome: "deny"; readonly rules: readonly DeniedBy[] };
export type Verdict = { readonly outcome: "allow"; readonly rules: readonly string[] } | Denial;

export type Tiering =
  | {
      readonly outcome: "tier";
      readonly tier: Tier;
      readonly quorum: 1 | 2;
      /** The least strength of identity that a vote needs. */
      readonly level: Level;
      /** A voter holds at least one of these. */
      readonly roles: readonly string[];
      /** Those by which it may be put before a person at all. */
      readonly rules: readonly string[];
    }
  | Denial;

/** Higher is stricter. */
export function strictness(env: Env): number {
  return ENVIRONMENTS.indexOf(env);
}

/** One text for one person. INVARIANT: two people never share it, whatever characters their names hold. */
export function personKey({ issuer, subject }: PersonId): string {
  return JSON.stringify([issuer, subject]);
}
