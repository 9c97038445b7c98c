import { createHash } from "node:crypto";

import { doubt, openDecide } from "./decide.ts";
import type { Question } from "./decide.ts";
import { LEVELS, TIERS, personKey, strictness } from "./facts.ts";
import type { AckFacts, Approver, Facts, Level, Place, Tier, Tiering, Verdict } from "./facts.ts";
import { openInventory } from "./inventory.ts";
import type { Inventory } from "./inventory.ts";
import { openLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { openRules } from "./rules.ts";
import type { Rule } from "./rules.ts";
import { openWindows } from "./windows.ts";

/** The texts of the files, and the version of the time zone data (`process.versions.tz`). */
export type GuardTexts = {
  readonly cedar: string;
  readonly windows: string;
  readonly inventory: string;
  readonly limits: string;
  readonly tz: string;
};

/** Where the texts stand, for sentences about them. */
export type GuardFiles = Readonly<Record<Exclude<keyof GuardTexts, "tz">, string>>;

const FILES: GuardFiles = {
  cedar: "config/guard.cedar",
  windows: "config/windows.yaml",
  inventory: "config/environments.yaml",
  limits: "config/limits.yaml",
};

export type Guard = {
  /** May this be put before a person? */
  readonly review: (facts: Facts) => Verdict;
  /** What must people do to approve it? Denies whatever `review` denies. */
  readonly tierOf: (facts: Facts) => Tiering;
  /** May this vote count? */
  readonly approve: (vote: AckFacts) => Verdict;
  /** Lowercase hex SHA-256 of everything that decides: it stands in every decision. */
  readonly digest: string;
  /** For whoever shows, tests or explains the policy. */
  readonly rules: readonly Rule[];
};

const ACK_ACTIONS = { "one-ack": "ackOnce", typed: "ackTyped", "two-people": "ackTwoPeople" } as const;
const TIER_NUMBERS = { "one-ack": 1, typed: 2, "two-people": 3 } as const;
const QUORUMS = { "one-ack": 1, typed: 1, "two-people": 2 } as const;

export function openGuard(texts: GuardTexts, files = FILES): Guard {
  const limits = openLimits(texts.limits, files.limits);
  const inventory = openInventory(texts.inventory, files.inventory);
  openWindows(texts.windows, limits.skewSeconds, files.windows); // the digest vouches for this file, so it must be one that can be used
  const ruleSet = openRules(texts.cedar, limits, files.cedar);
  const digest = digestOf(texts);
  const decide = openDecide(ruleSet, digest);

  const ask = (action: string, facts: Facts): Verdict =>
    placed(facts, inventory) ?? decide(() => factsQuestion(action, facts, inventory, limits));
  const approve = (vote: AckFacts): Verdict => placed(vote, inventory) ?? decide(() => ackQuestion(vote));
  const review = (facts: Facts): Verdict => ask("review", facts);
  return {
    review,
    tierOf: (facts) => {
      const reviewed = review(facts);
      if (reviewed.outcome === "deny") return reviewed;
      const tier = TIERS.find((candidate) => ask(ACK_ACTIONS[candidate], facts).outcome === "allow");
      if (tier === undefined) return doubt("guard-no-tier", "No rule says what people must do to approve this.");
      return tiering(tier, facts, ruleSet.roles, approve, reviewed.rules);
    },
    approve,
    digest,
    rules: [...ruleSet.rules.values()],
  };
}

/** Each text is quoted on its own, so that no byte can move from one file to the next unseen. */
function digestOf({ cedar, windows, inventory, limits, tz }: GuardTexts): string {
  return createHash("sha256")
    .update(JSON.stringify([cedar, windows, inventory, limits, tz]))
    .digest("hex");
}

/** What the guard can see for itself about where it is. Nothing where the facts agree with it. */
function placed({ env, scope, cluster, namespace }: Place, inventory: Inventory): Verdict | undefined {
  if (scope !== "cluster" && namespace === undefined)
    return doubt("guard-target", `A change of scope ${scope} must name its namespace, and this one names none.`);
  const known = inventory.environmentOf(cluster, scope === "cluster" ? undefined : namespace);
  if (strictness(env) < strictness(known))
    return doubt("guard-environment", `The facts say ${env}, and the inventory says ${known}.`);
  return undefined;
}

/** Asks the policy itself which roles may approve this, and the least level at which they all may. */
function tiering(
  tier: Tier,
  facts: Facts,
  known: readonly string[],
  approve: (vote: AckFacts) => Verdict,
  rules: readonly string[],
): Tiering {
  const may = (role: string, assurance: Level): boolean =>
    approve(idealVote(tier, facts, role, assurance)).outcome === "allow";
  const strongest = LEVELS[LEVELS.length - 1] ?? 4;
  const roles = known.filter((role) => may(role, strongest));
  if (roles.length === 0) return doubt("guard-no-approver", "No role may approve this.");
  const level = LEVELS.find((candidate) => roles.every((role) => may(role, candidate))) ?? strongest;
  return { outcome: "tier", tier, quorum: QUORUMS[tier], level, roles, rules };
}

function idealVote(
  tier: Tier,
  { env, scope, cluster, namespace, reversible, now }: Facts,
  role: string,
  assurance: Level,
): AckFacts {
  const approver: Approver = { kind: "person", issuer: "holdfast/guard", subject: "anybody", roles: [role] };
  return {
    env,
    scope,
    cluster,
    namespace,
    reversible,
    approver,
    tier,
    typedConfirmation: true,
    digestMatches: true,
    now,
    expiresAt: now + 1,
    priorApprovers: [],
    assurance,
  };
}

function factsQuestion(action: string, facts: Facts, inventory: Inventory, limits: Limits): Question {
  if (facts.agent === "") throw new Error("the facts name no agent");
  const principal = { type: "Agent", id: facts.agent };
  return {
    principal,
    action: { type: "Action", id: action },
    ...resourceOf(facts, { uid: principal, attrs: {}, parents: [] }),
    context: {
      env: entity("Env", facts.env),
      scope: entity("Scope", facts.scope),
      tool: facts.tool,
      reversible: facts.reversible,
      hasBackOut: facts.hasBackOut,
      podsAffected: facts.podsAffected,
      // No window is for what the inventory does not know, however widely the window is written.
      inMaintenance: facts.inMaintenance && inventory.knows(facts.cluster, facts.namespace),
      inFreeze: facts.inFreeze,
      evidenceAgeSeconds: facts.evidenceAgeSeconds,
      evidenceAgeSecondsMax: limits.evidenceAgeSecondsMax,
      actionsInLastHour: facts.actionsInLastHour,
      actionsPerTargetAndHour: limits.actionsPerTargetAndHour,
      now: datetime(facts.now),
    },
  };
}

function ackQuestion(vote: AckFacts): Question {
  const principal = principalOf(vote.approver);
  return {
    principal: principal.uid,
    action: { type: "Action", id: "approve" },
    ...resourceOf(vote, principal),
    context: {
      env: entity("Env", vote.env),
      scope: entity("Scope", vote.scope),
      reversible: vote.reversible,
      tier: TIER_NUMBERS[vote.tier],
      typedConfirmation: vote.typedConfirmation,
      digestMatches: vote.digestMatches,
      expiresAt: datetime(vote.expiresAt),
      now: datetime(vote.now),
      priorApprovers: vote.priorApprovers.map((person) => entity("Human", personKey(person))),
      assurance: vote.assurance,
    },
  };
}

type Principal = {
  readonly uid: { readonly type: string; readonly id: string };
  readonly attrs: Record<string, never>;
  readonly parents: { type: string; id: string }[];
};

function principalOf(approver: Approver): Principal {
  switch (approver.kind) {
    case "agent":
      return { uid: { type: "Agent", id: approver.agent }, attrs: {}, parents: [] };
    case "person":
      return {
        uid: { type: "Human", id: personKey(approver) },
        attrs: {},
        parents: approver.roles.map((role) => ({ type: "Role", id: role })),
      };
  }
}

function resourceOf({ cluster, namespace }: Place, principal: Principal): Pick<Question, "resource" | "entities"> {
  const clusterId = { type: "Cluster", id: cluster };
  const entities: Question["entities"] = [
    { ...principal, parents: [...principal.parents] },
    { uid: clusterId, attrs: {}, parents: [] },
  ];
  if (namespace === undefined) return { resource: clusterId, entities };
  const namespaceId = { type: "Namespace", id: `${cluster}/${namespace}` };
  return {
    resource: namespaceId,
    entities: [...entities, { uid: namespaceId, attrs: { name: namespace }, parents: [clusterId] }],
  };
}

function entity(type: string, id: string): { __entity: { type: string; id: string } } {
  return { __entity: { type, id } };
}

/** Throws for what is no time; the guard denies then. */
function datetime(at: number): { __extn: { fn: string; arg: string } } {
  return { __extn: { fn: "datetime", arg: new Date(at).toISOString() } };
}
