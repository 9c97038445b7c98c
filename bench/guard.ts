import { dirname, join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { loadGuard, openLimits, readConfig, type AckFacts, type Facts } from "@holdfast/guard";
import { openRules } from "../packages/guard/src/rules.ts";
import { packageVersion, type Bench } from "./report.ts";
import { rounded, spread, type Spread } from "./spread.ts";

const CONFIG = join(dirname(import.meta.dirname), "config");
const SIZES = { small: { msMax: 200, rounds: 1 }, full: { msMax: 3_000, rounds: 3 } } as const;
const NOW = Date.UTC(2026, 10, 22, 10);
const WARM_UP = 500;

const FACTS: Facts = {
  agent: "signature",
  env: "dev",
  scope: "workload",
  cluster: "sandbox",
  namespace: "payments",
  tool: "rollback_deployment",
  reversible: true,
  hasBackOut: true,
  podsAffected: 3,
  inMaintenance: false,
  inFreeze: false,
  evidenceAgeSeconds: 5,
  actionsInLastHour: 0,
  now: NOW,
};
const VOTE: AckFacts = {
  env: "dev",
  scope: "workload",
  cluster: "sandbox",
  namespace: "payments",
  reversible: true,
  approver: { kind: "person", issuer: "holdfast/static", subject: "ann", roles: ["oncall"] },
  tier: "typed",
  typedConfirmation: true,
  digestMatches: true,
  expiresAt: NOW + 1,
  now: NOW,
  priorApprovers: [],
  assurance: 1,
};

type Run = { readonly what: string; readonly perSecond: number; readonly ms: Spread };

export const bench: Bench = {
  says: "Decisions of the guard per second, beside a bare Cedar call.",
  run: async (size) => {
    const { guard } = loadGuard(CONFIG);
    const bare = bareCedar();
    const asked: readonly (readonly [string, () => string])[] = [
      ["bare Cedar", bare],
      ["review", () => guard.review(FACTS).outcome],
      ["review, denied", () => guard.review({ ...FACTS, inFreeze: true, evidenceAgeSeconds: 301 }).outcome],
      ["approve (a vote)", () => guard.approve(VOTE).outcome],
      ["tierOf (the whole judgement of a proposal)", () => guard.tierOf(FACTS).outcome],
    ];
    const { msMax, rounds } = SIZES[size];
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round += 1)
      for (const [what, ask] of asked) runs.push(measured(what, ask, msMax));
    const best = asked
      .map(([what]) => runs.filter((run) => run.what === what).toSorted((a, b) => b.perSecond - a.perSecond)[0])
      .filter((run) => run !== undefined);
    return {
      measured: [
        `One thread, the shipped rules (${guard.rules.length} policies), best of ${rounds} rounds. Bare: the question of a review, ready made, to statefulIsAuthorized of @cedar-policy/cedar-wasm ${packageVersion("@cedar-policy/cedar-wasm")} with preparsed policies and schema and request validation.`,
        `The answers: ${asked.map(([what, ask]) => `${what}: ${ask()}`).join("; ")}.`,
        "tierOf asks Cedar several times: the review, each tier, and for each role and level whether it may approve.",
      ],
      columns: ["what", "decisions/s", "p50 ms", "p99 ms"],
      rows: best.map(({ what, perSecond, ms }) => [what, Math.round(perSecond), ms.p50, ms.p99]),
      raw: runs,
    };
  },
};

function measured(what: string, ask: () => string, msMax: number): Run {
  for (let count = 0; count < WARM_UP; count += 1) ask();
  const took: number[] = [];
  const start = performance.now();
  while (performance.now() - start < msMax) {
    const asked = performance.now();
    ask();
    took.push(performance.now() - asked);
  }
  return { what, perSecond: rounded((took.length * 1000) / (performance.now() - start)), ms: spread(took) };
}

/** The same rules and the same question as the guard's review, and nothing around the call. */
function bareCedar(): () => string {
  const limits = openLimits(readConfig(join(CONFIG, "limits.yaml")));
  const { schema, rules } = openRules(readConfig(join(CONFIG, "guard.cedar")), limits);
  const staticPolicies = Object.fromEntries([...rules].map(([id, { text }]) => [id, text]));
  for (const { type } of [cedar.preparseSchema("bench", schema), cedar.preparsePolicySet("bench", { staticPolicies })])
    if (type !== "success") throw new Error("Cedar did not take the shipped rules");
  const entity = (type: string, id: string): { __entity: { type: string; id: string } } => ({ __entity: { type, id } });
  const principal = { type: "Agent", id: FACTS.agent };
  const namespace = { type: "Namespace", id: "sandbox/payments" };
  const cluster = { type: "Cluster", id: "sandbox" };
  const { env, scope, cluster: _cluster, namespace: _namespace, agent: _agent, ...rest } = FACTS;
  const call: cedar.StatefulAuthorizationCall = {
    principal,
    action: { type: "Action", id: "review" },
    resource: namespace,
    entities: [
      { uid: principal, attrs: {}, parents: [] },
      { uid: cluster, attrs: {}, parents: [] },
      { uid: namespace, attrs: { name: "payments" }, parents: [cluster] },
    ],
    context: {
      ...rest,
      env: entity("Env", env),
      scope: entity("Scope", scope),
      evidenceAgeSecondsMax: limits.evidenceAgeSecondsMax,
      actionsPerTargetAndHour: limits.actionsPerTargetAndHour,
      now: { __extn: { fn: "datetime", arg: new Date(NOW).toISOString() } },
    },
    preparsedPolicySetId: "bench",
    preparsedSchemaName: "bench",
    validateRequest: true,
  };
  return () => {
    const answer = cedar.statefulIsAuthorized(call);
    return answer.type === "success" ? answer.response.decision : "failure";
  };
}
