import { ENVIRONMENTS, LEVELS, SCOPES, TIERS } from "../facts.ts";
import type { AckFacts, Approver, Env, Facts, Scope } from "../facts.ts";
import type { GuardTexts } from "../guard.ts";

/** One cluster for each environment, so that facts and inventory agree on all of them. */
const MATRIX_INVENTORY = `clusters:
${ENVIRONMENTS.map((env) => `  only-${env}: { simulated: true, namespaces: { work: ${env}, kube-system: ${env}, holdfast: ${env} } }`).join("\n")}
`;

export const MATRIX_LIMITS = `approveByMinutes: { pod: 15, wider: 30 }
executeByMinutes: 5
evidenceAgeSecondsMax: 300
actionsPerTargetAndHour: 6
skewSeconds: 30
requestBytesMax: 262144
votesPerPersonAndMinute: 60
`;

export function matrixTexts(cedar: string, limits = MATRIX_LIMITS): GuardTexts {
  return { cedar, limits, inventory: MATRIX_INVENTORY, windows: "windows: []\nfreezes: []\n", tz: "2026b" };
}

export const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
const BOOLEANS = [true, false];
const AGES = [-1, 0, 1, 299, 300, 301];
const COUNTS = [-1, 0, 1, 5, 6, 7];

/** Every combination of what the rules read, with every threshold and its neighbours. */
export function* allFacts(): Generator<Facts> {
  for (const { env, scope } of places())
    for (const reversible of BOOLEANS)
      for (const inMaintenance of BOOLEANS)
        for (const inFreeze of BOOLEANS)
          for (const hasBackOut of BOOLEANS)
            for (const evidenceAgeSeconds of AGES)
              for (const actionsInLastHour of COUNTS)
                yield factsOf(env, scope, {
                  reversible,
                  inMaintenance,
                  inFreeze,
                  hasBackOut,
                  evidenceAgeSeconds,
                  actionsInLastHour,
                });
  for (const { env, scope } of places())
    for (const namespace of ["kube-system", "holdfast"])
      for (const reversible of BOOLEANS)
        for (const inMaintenance of BOOLEANS)
          for (const inFreeze of BOOLEANS)
            yield factsOf(env, scope, { namespace, reversible, inMaintenance, inFreeze });
}

const ANN: Approver = { kind: "person", issuer: "holdfast/static", subject: "ann", roles: ["oncall", "reader"] };
const OUTSIDER: Approver = { kind: "person", issuer: "holdfast/static", subject: "ann", roles: ["reader"] };
const MODEL: Approver = { kind: "agent", agent: "signature" };
const ANN_BEFORE = { issuer: "holdfast/static", subject: "ann" };
const BOB_BEFORE = { issuer: "holdfast/static", subject: "bob" };

export function* allVotes(): Generator<AckFacts> {
  for (const { env, scope } of places())
    for (const tier of TIERS)
      for (const typedConfirmation of BOOLEANS)
        for (const digestMatches of BOOLEANS)
          for (const assurance of LEVELS)
            for (const [approver, expiresAt, priorApprovers] of WHO_AND_WHEN)
              yield {
                ...placeOf(env, scope),
                reversible: true,
                approver,
                tier,
                typedConfirmation,
                digestMatches,
                expiresAt,
                now: NOW,
                priorApprovers,
                assurance,
              };
}

const WHO_AND_WHEN: readonly (readonly [Approver, number, AckFacts["priorApprovers"]])[] = [
  [ANN, NOW + 1, []],
  [ANN, NOW + 1, [BOB_BEFORE]],
  [ANN, NOW + 1, [BOB_BEFORE, ANN_BEFORE]],
  [ANN, NOW, []],
  [ANN, NOW - 1, []],
  [OUTSIDER, NOW + 1, []],
  [MODEL, NOW + 1, []],
];

function* places(): Generator<{ readonly env: Env; readonly scope: Scope }> {
  for (const env of ENVIRONMENTS) for (const scope of SCOPES) yield { env, scope };
}

function placeOf(env: Env, scope: Scope): Pick<Facts, "env" | "scope" | "cluster" | "namespace"> {
  return { env, scope, cluster: `only-${env}`, ...(scope === "cluster" ? {} : { namespace: "work" }) };
}

function factsOf(env: Env, scope: Scope, told: Partial<Facts>): Facts {
  return {
    ...placeOf(env, scope),
    agent: "signature",
    tool: "restart_deployment",
    podsAffected: 3,
    now: NOW,
    reversible: true,
    inMaintenance: true,
    inFreeze: false,
    hasBackOut: true,
    evidenceAgeSeconds: 10,
    actionsInLastHour: 0,
    ...told,
  };
}
