import type { DeniedBy, Facts, Guard, Windows } from "@holdfast/guard";
import type { Drafted, Plan, Ruling } from "@holdfast/schemas";
import type { Place } from "./plan.ts";

/** What the guard rests on beside the plan. */
export type Context = {
  readonly now: number;
  readonly actionsInLastHour: number;
  /** Names the proposal that holds the subject, if another one does. */
  readonly holder: string | undefined;
  readonly incidentClosed: boolean;
  /** A person's signed request brought it: what it rests on is what the plan has just read. */
  readonly isAsked: boolean;
};

export type Judged =
  | {
      readonly outcome: "allow";
      readonly tier: "one-ack" | "typed" | "two-people";
      readonly quorum: number;
      readonly roles: readonly string[];
      readonly level: number;
      readonly rules: readonly string[];
    }
  | { readonly outcome: "deny"; readonly rulings: readonly Ruling[] };

export type Judges = { readonly guard: Guard; readonly windows: Windows };

/** How long one action may take, from the guard's first read to the last moment of its request. */
export const ACTION_MS_MAX = 35_000;

/** A pure decision on a plan: may it be offered to people, and what must they do? Forbid wins, silence and doubt deny. */
export function judge(
  judges: Judges,
  draft: Drafted,
  plan: Plan,
  place: Place,
  hasBackOut: boolean,
  context: Context,
): Judged {
  const standing = standingRulings(plan, context);
  const facts = factsOf(judges, draft, plan, place, hasBackOut, context);
  const tiering = judges.guard.tierOf(facts);
  if (tiering.outcome === "deny") return { outcome: "deny", rulings: [...tiering.rules.map(ruling), ...standing] };
  if (standing.length > 0) return { outcome: "deny", rulings: standing };
  const { tier, quorum, roles, level, rules } = tiering;
  return { outcome: "allow", tier, quorum, roles, level, rules };
}

/** What denies by the state of things rather than by a rule of the policy file. */
function standingRulings({ owner, subject }: Plan, { holder, incidentClosed }: Context): readonly Ruling[] {
  const rulings: Ruling[] = [];
  if (incidentClosed)
    rulings.push({
      rule: "incident-closed",
      reason: "The incident is over, so nothing is changed for it.",
      hard: true,
    });
  if (holder !== undefined)
    rulings.push({
      rule: "one-at-a-time",
      reason: `The proposal ${holder} is under way on ${subject}: one change at a time. Ask again once it has ended.`,
      hard: false,
    });
  if (owner !== null)
    rulings.push({
      rule: "owned-by-gitops",
      reason: `${owner.name} owns this object, and ${owner.says}. Change it where it is owned.`,
      hard: true,
    });
  return rulings;
}

function factsOf(
  { windows }: Judges,
  draft: Drafted,
  plan: Plan,
  { environment, scope, target }: Place,
  hasBackOut: boolean,
  context: Context,
): Facts {
  const { cluster } = target;
  const namespace = target.namespace ?? undefined;
  const during = { env: environment, cluster, namespace, from: context.now, to: context.now + ACTION_MS_MAX };
  return {
    env: environment,
    scope,
    cluster,
    namespace,
    reversible: plan.reversible,
    agent: draft.by === "model" ? draft.author : draft.by,
    tool: plan.action,
    hasBackOut,
    podsAffected: plan.podsAffected,
    inMaintenance: windows.inMaintenance(during),
    inFreeze: windows.inFreeze(during),
    evidenceAgeSeconds: context.isAsked
      ? Math.floor((context.now - plan.plannedAt) / 1000)
      : evidenceAge(draft, context.now),
    actionsInLastHour: context.actionsInLastHour,
    now: context.now,
  };
}

/** Of the oldest evidence, in whole seconds. A draft that cites nothing is older than any limit. */
function evidenceAge({ evidence }: Drafted, now: number): number {
  if (evidence.length === 0) return Number.MAX_SAFE_INTEGER;
  // Not spread into arguments: of a hundred thousand pieces that would fail, and be tried again for ever.
  return Math.floor((now - evidence.reduce((oldest, { readAt }) => Math.min(oldest, readAt), Infinity)) / 1000);
}

function ruling({ rule, reason, hard }: DeniedBy): Ruling {
  return { rule, reason, hard };
}
