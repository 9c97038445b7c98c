import type { AckFacts, Env, Facts, Scope, Tier } from "../facts.ts";
import type { Guard } from "../guard.ts";

/**
 * What the policy means, read off tables by a person and not off the rules: the second opinion that the rules are compared with.
 * A cell of WIDTH says when a change of this scope may be proposed at all.
 */
const WIDTH: Record<Env, Record<Scope, "always" | "in-window" | "never">> = {
  dev: { pod: "always", workload: "always", namespace: "in-window", cluster: "in-window" },
  staging: { pod: "always", workload: "always", namespace: "in-window", cluster: "in-window" },
  prod: { pod: "always", workload: "always", namespace: "in-window", cluster: "never" },
};

const TIER: Record<Scope, { readonly reversible: Tier; readonly lasting: Tier }> = {
  pod: { reversible: "one-ack", lasting: "typed" },
  workload: { reversible: "typed", lasting: "typed" },
  namespace: { reversible: "typed", lasting: "typed" },
  cluster: { reversible: "two-people", lasting: "two-people" },
};

const LEAST_LEVEL: Record<Env, Record<Tier, number>> = {
  dev: { "one-ack": 1, typed: 1, "two-people": 1 },
  staging: { "one-ack": 2, typed: 3, "two-people": 3 },
  prod: { "one-ack": 3, typed: 3, "two-people": 3 },
};

const LEVEL_RULES = ["level-outside-dev", "prod-needs-strong-identity"];

/** The ids of the rules that deny, sorted; none means allowed. */
export function reviewOracle(facts: Facts): readonly string[] {
  const width = WIDTH[facts.env][facts.scope];
  const windowed = facts.scope === "namespace" || facts.scope === "cluster";
  const findings: Record<string, boolean> = {
    "deny-prod-cluster": width === "never",
    "deny-prod-irreversible": facts.env === "prod" ? !facts.reversible : false,
    "deny-wide-outside-window": windowed ? !facts.inMaintenance : false,
    "deny-system-namespace": ["kube-system", "holdfast"].includes(facts.namespace ?? ""),
    "deny-no-back-out": !facts.hasBackOut,
    "deny-during-freeze": facts.inFreeze,
    "deny-stale-evidence": ![0, 1, 10, 299, 300].includes(facts.evidenceAgeSeconds),
    "deny-over-budget": ![0, 1, 5].includes(facts.actionsInLastHour),
  };
  return Object.keys(findings)
    .filter((rule) => findings[rule])
    .toSorted();
}

type Expected = {
  readonly tier: Tier;
  readonly quorum: number;
  readonly level: number;
  readonly roles: readonly string[];
};

function tierOracle({ env, scope, reversible }: Facts): Expected {
  const tier = TIER[scope][reversible ? "reversible" : "lasting"];
  return { tier, quorum: tier === "two-people" ? 2 : 1, level: LEAST_LEVEL[env][tier], roles: ["oncall"] };
}

/** The same for a vote. The two rules of level are one finding, "level": which of them speaks is their own affair. "silence": no rule permits. */
function approveOracle(vote: AckFacts): readonly string[] {
  const person = vote.approver.kind === "person" ? vote.approver : undefined;
  const findings: Record<string, boolean> = {
    "no-model-approval": person === undefined,
    "digest-must-match": !vote.digestMatches,
    "approval-in-time": vote.expiresAt <= vote.now,
    "typed-needs-typed": vote.tier === "one-ack" ? false : !vote.typedConfirmation,
    "two-distinct-people": vote.priorApprovers.some(({ subject }) => subject === person?.subject),
    level: vote.assurance < LEAST_LEVEL[vote.env][vote.tier],
  };
  const denied = Object.keys(findings).filter((rule) => findings[rule]);
  if (denied.length === 0 && person?.roles.includes("oncall") !== true) return ["silence"];
  return denied.toSorted();
}

/** The first difference between guard and oracle on these facts, as a sentence; nothing where they agree. */
export function reviewDifference(guard: Guard, facts: Facts): string | undefined {
  const verdict = guard.review(facts);
  return differs(
    "review",
    facts,
    verdict.outcome === "allow" ? [] : verdict.rules.map(({ rule }) => rule),
    reviewOracle(facts),
  );
}

export function tierDifference(guard: Guard, facts: Facts): string | undefined {
  const { outcome, rules: _rules, ...found } = guard.tierOf(facts);
  return differs(
    "tier",
    facts,
    outcome === "tier" ? found : outcome,
    reviewOracle(facts).length === 0 ? tierOracle(facts) : "deny",
  );
}

export function approveDifference(guard: Guard, vote: AckFacts): string | undefined {
  const verdict = guard.approve(vote);
  const found =
    verdict.outcome === "allow"
      ? []
      : verdict.rules.map(({ rule }) => (LEVEL_RULES.includes(rule) ? "level" : rule.replace("guard-", "")));
  return differs("approve", vote, [...new Set(found)], approveOracle(vote));
}

function differs(question: string, facts: object, found: unknown, expected: unknown): string | undefined {
  const [left, right] = [found, expected].map((value) => JSON.stringify(sorted(value)));
  return left === right ? undefined : `${question} answers ${left}, expected ${right}, for ${JSON.stringify(facts)}`;
}

/** In one order, whatever the order in which it was found. */
function sorted(value: unknown): unknown {
  const parts = Array.isArray(value) ? value : typeof value === "object" && value !== null ? Object.entries(value) : [];
  return parts.length === 0 ? value : parts.map((part) => JSON.stringify(part)).toSorted();
}
