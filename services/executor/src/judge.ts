import type { Action } from "@holdfast/actions";
import { misshown } from "@holdfast/actions/shown";
import {
  personKey,
  strictness,
  TIERS,
  type Approvers,
  type Env,
  type Guard,
  type Inventory,
  type PersonId,
  type Tier,
  type Windows,
} from "@holdfast/guard";
import { digestOf, recordOf, tierWord, type Bundle, type BundledVote, type Plan } from "@holdfast/schemas";

/** The executor's own copies of everything that decides: none of it comes from the bundle. */
export type Own = {
  readonly cluster: string;
  readonly catalogue: ReadonlyMap<string, Action>;
  readonly inventory: Inventory;
  readonly approvers: Approvers;
  readonly guard: Guard;
  readonly windows: Windows;
};

/** The target as it was read just now. */
export type Fresh = { readonly now: number; readonly readAt: number; readonly uid: string | undefined };

export type Judged =
  | { readonly outcome: "act"; readonly action: Action }
  | { readonly outcome: "refuse"; readonly why: string };

/** The longest that one action takes from this judgement to the end of its request, ms. */
export const ACT_MS_MAX = 35_000;

/**
 * Judges an approved bundle again, from facts read now and tables of our own: may this still be done, and did the people
 * who said yes have the right to? Sealed values are only ever compared; one that is weaker than ours refuses.
 */
export function judge(own: Own, bundle: Bundle, fresh: Fresh): Judged {
  const { plan } = bundle.allowed;
  const action = own.catalogue.get(plan.action);
  if (action === undefined) return refuse(`this executor has no action called ${plan.action}`);
  const env = own.inventory.environmentOf(
    own.cluster,
    action.scope === "cluster" ? undefined : (plan.target.namespace ?? undefined),
  );
  const why =
    misplaced(own, bundle, action, env) ??
    late(bundle, fresh) ??
    drifted(bundle, fresh) ??
    denied(own, bundle, action, env, fresh);
  return why === undefined ? { outcome: "act", action } : refuse(why);
}

function refuse(why: string): Judged {
  return { outcome: "refuse", why };
}

/** The sealed plan against our own catalogue and inventory. */
function misplaced({ cluster }: Own, { allowed: { plan } }: Bundle, action: Action, env: Env): string | undefined {
  if (plan.target.cluster !== cluster)
    return `it is for the cluster ${plan.target.cluster}, and this executor acts on ${cluster}`;
  if (plan.environment === "UNKNOWN" || strictness(plan.environment) < strictness(env))
    return `it was planned for ${plan.environment}, and the inventory says ${env}`;
  if (plan.scope !== action.scope)
    return `it was planned with scope ${plan.scope}, and the catalogue says ${action.scope}`;
  if (plan.reversible && !action.reversible)
    return "it was planned as reversible, and the catalogue says that it is not";
  const input = inputOf(action, plan);
  if (input === undefined) return `its arguments are not what ${action.name} takes`;
  const subject = action.subject(input);
  const { kind, namespace, name } = plan.target;
  if (subject.kind !== kind || subject.namespace !== namespace || subject.name !== name)
    return "its target is not the one that its arguments name";
  const door = action.door(input);
  if (plan.request.verb !== door.verb || plan.request.path !== door.path)
    return `its request goes to ${plan.request.verb} ${plan.request.path}, which is not where ${action.name} goes`;
  return misshown(plan);
}

/** The sealed arguments as the action takes them; undefined where they are none of its. */
export function inputOf(action: Action, plan: Plan): Readonly<Record<string, string>> | undefined {
  const names = new Set(plan.arguments.map(({ name }) => name));
  if (names.size < plan.arguments.length) return undefined; // one name twice: nobody can say which was meant
  const input = action.input.safeParse(recordOf(plan.arguments));
  return input.success ? input.data : undefined;
}

function late({ approved: { executeBy } }: Bundle, { now }: Fresh): string | undefined {
  return now < executeBy ? undefined : "its time to be carried out is over (executeBy)";
}

function drifted({ allowed: { plan } }: Bundle, { uid }: Fresh): string | undefined {
  if (uid === undefined) return `${plan.target.kind} ${plan.target.name} is gone`;
  return uid === plan.target.uid
    ? undefined
    : `${plan.target.kind} ${plan.target.name} is another object now than the one that was approved`;
}

function denied(own: Own, bundle: Bundle, action: Action, env: Env, fresh: Fresh): string | undefined {
  const { plan } = bundle.allowed;
  const { cluster } = own;
  const namespace = plan.target.namespace ?? undefined;
  const during = { env, cluster, namespace, from: fresh.now, to: fresh.now + ACT_MS_MAX };
  const facts = {
    env,
    scope: action.scope,
    cluster,
    namespace,
    reversible: action.reversible,
    agent: bundle.draft.by === "model" ? bundle.draft.author : bundle.draft.by,
    tool: action.name,
    hasBackOut: plan.backOut.kind !== "UNKNOWN",
    podsAffected: plan.podsAffected,
    inMaintenance: own.windows.inMaintenance(during),
    inFreeze: own.windows.inFreeze(during),
    evidenceAgeSeconds: Math.ceil((fresh.now - fresh.readAt) / 1000),
    actionsInLastHour: 0, // budgets are judged at proposal only
    now: fresh.now,
  };
  const reviewed = own.guard.review(facts);
  if (reviewed.outcome === "deny")
    return `policy denies it now: ${reviewed.rules.map(({ reason }) => reason).join(" ")}`;
  const tiering = own.guard.tierOf(facts);
  if (tiering.outcome === "deny") return `policy denies it now: ${tiering.rules.map(({ reason }) => reason).join(" ")}`;
  if (TIERS.indexOf(tierWord(bundle.allowed.tier)) < TIERS.indexOf(tiering.tier))
    return `it was approved at tier ${tierWord(bundle.allowed.tier)}, and it needs ${tiering.tier}`;
  return unapproved(
    own,
    bundle,
    { env, scope: action.scope, cluster, namespace, reversible: action.reversible },
    tiering.tier,
    tiering.quorum,
  );
}

type Place = Pick<Parameters<Guard["approve"]>[0], "env" | "scope" | "cluster" | "namespace" | "reversible">;

/** Each vote against our own table of people; the quorum from our own tier. */
function unapproved(own: Own, bundle: Bundle, place: Place, tier: Tier, quorum: number): string | undefined {
  const people: PersonId[] = [];
  for (const bundled of bundle.votes) {
    const why = miscast(own, bundle, bundled, place, tier, people);
    if (why !== undefined) return why;
    const { issuer, subject } = bundled.vote.person;
    people.push({ issuer, subject });
  }
  const distinct = new Set(people.map(personKey)).size;
  return distinct >= Math.max(quorum, bundle.allowed.quorum)
    ? undefined
    : `${distinct} of ${quorum} people approved it`;
}

function miscast(
  { guard, approvers }: Own,
  { allowed, digest }: Bundle,
  { record, vote, at }: BundledVote,
  place: Place,
  tier: Tier,
  prior: readonly PersonId[],
): string | undefined {
  const { issuer, subject, name } = vote.person;
  if (vote.decision !== "approve") return `${name} did not approve it`;
  const person = approvers.find(subject);
  if (person === undefined || person.issuer !== issuer) return `${name} is not among the approvers`;
  const aboutThis = record.digest === digest && record.allowed !== null && digestOf(record.allowed.payload) === digest;
  const verdict = guard.approve({
    ...place,
    approver: { kind: "person", issuer, subject, roles: person.roles },
    tier,
    typedConfirmation: vote.typed === allowed.confirmText,
    digestMatches: aboutThis,
    expiresAt: allowed.lastMoment,
    now: at.time,
    priorApprovers: prior,
    assurance: person.level,
  });
  return verdict.outcome === "allow"
    ? undefined
    : `the vote of ${name} does not count: ${verdict.rules.map(({ reason }) => reason).join(" ")}`;
}
