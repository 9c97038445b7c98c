import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import type { AckFacts, Facts, Verdict } from "./facts.ts";
import { openGuard } from "./guard.ts";
import { NOW, matrixTexts } from "./testing/matrix.ts";

const SHIPPED = readFileSync(new URL("../../../config/guard.cedar", import.meta.url), "utf8");
const TEXTS = matrixTexts(SHIPPED);
const GUARD = openGuard(TEXTS);

const FACTS: Facts = {
  agent: "signature",
  env: "prod",
  scope: "pod",
  cluster: "only-prod",
  namespace: "work",
  tool: "delete_pod",
  reversible: true,
  hasBackOut: true,
  podsAffected: 1,
  inMaintenance: false,
  inFreeze: false,
  evidenceAgeSeconds: 5,
  actionsInLastHour: 0,
  now: NOW,
};

const VOTE: AckFacts = {
  env: "prod",
  scope: "pod",
  cluster: "only-prod",
  namespace: "work",
  reversible: true,
  approver: { kind: "person", issuer: "holdfast/static", subject: "ann", roles: ["oncall"] },
  tier: "one-ack",
  typedConfirmation: false,
  digestMatches: true,
  expiresAt: NOW + 1,
  now: NOW,
  priorApprovers: [],
  assurance: 3,
};

const rulesOf = (verdict: Verdict): readonly unknown[] =>
  verdict.rules.map((rule) => (typeof rule === "string" ? rule : rule.rule));
/** What a mistake elsewhere could hand over in spite of the types. */
const untyped = (told: Record<string, unknown>): Partial<Facts> & Partial<AckFacts> =>
  told as Partial<Facts> & Partial<AckFacts>;

test("what is well is allowed, and the rules that allow it are named", () => {
  expect(GUARD.review(FACTS)).toEqual({ outcome: "allow", rules: ["allow-review"] });
  expect(GUARD.approve(VOTE)).toEqual({ outcome: "allow", rules: ["oncall-approves"] });
  expect(GUARD.tierOf(FACTS)).toEqual({
    outcome: "tier",
    tier: "one-ack",
    quorum: 1,
    level: 3,
    roles: ["oncall"],
    rules: ["allow-review"],
  });
});

test("a denial names every rule that made it, the hard ones first, each with its sentence", () => {
  expect(
    GUARD.review({ ...FACTS, scope: "cluster", namespace: undefined, tool: "cordon_node", inFreeze: true }),
  ).toEqual({
    outcome: "deny",
    rules: [
      {
        rule: "deny-prod-cluster",
        reason: "Cluster-wide changes in production are never allowed through Holdfast.",
        hard: true,
      },
      {
        rule: "deny-wide-outside-window",
        reason: "Namespace and cluster changes are allowed only inside a maintenance window.",
        hard: false,
      },
      { rule: "deny-during-freeze", reason: "A change freeze covers this target.", hard: false },
    ],
  });
  const stale = GUARD.review({ ...FACTS, evidenceAgeSeconds: 301 });
  expect(stale).toMatchObject({
    rules: [{ reason: "The evidence is older than 300 seconds, or dated in the future." }],
  });
});

test("without a back-out it is denied", () => {
  expect(rulesOf(GUARD.review({ ...FACTS, hasBackOut: false }))).toEqual(["deny-no-back-out"]);
});

describe("doubt denies", () => {
  test.each<[string, Record<string, unknown>]>([
    ["an environment that does not exist", { env: "production" }],
    ["an environment in another case", { env: "Prod" }],
    ["an environment that is missing", { env: undefined }],
    ["a scope that does not exist", { scope: "node" }],
    ["an age that is no whole number", { evidenceAgeSeconds: 2.5 }],
    ["an age that is not a number", { evidenceAgeSeconds: Number.NaN }],
    ["an age that is missing", { evidenceAgeSeconds: undefined }],
    ["an age beyond every clock", { evidenceAgeSeconds: Number.POSITIVE_INFINITY }],
    ["a count that is a text", { actionsInLastHour: "0" }],
    ["a fact that is neither true nor false", { reversible: "yes" }],
    ["a freeze that nobody could compute", { inFreeze: undefined }],
    ["a back-out that nobody could compute", { hasBackOut: null }],
    ["a number of pods that is missing", { podsAffected: undefined }],
    ["a tool that is missing", { tool: undefined }],
    ["an agent without a name", { agent: "" }],
    ["a time that is no time", { now: Number.NaN }],
    ["a namespace that is missing", { namespace: undefined }],
    ["a cluster that is missing", { cluster: undefined }],
  ])("%s", (_, told) => {
    const facts = { ...FACTS, ...untyped(told) };
    expect(GUARD.review(facts).outcome).toBe("deny");
    expect(GUARD.tierOf(facts).outcome).toBe("deny");
  });

  test.each<[string, Record<string, unknown>]>([
    ["an expiry that is no time", { expiresAt: Number.NaN }],
    ["an expiry that is missing", { expiresAt: undefined }],
    ["a tier that does not exist", { tier: "none" }],
    ["a level that is missing", { assurance: undefined }],
    ["a level that is no whole number", { assurance: 3.5 }],
    ["a digest that nobody compared", { digestMatches: undefined }],
    ["an environment in another case", { env: "PROD" }],
    ["somebody without a role", { approver: { kind: "person", issuer: "holdfast/static", subject: "ann", roles: [] } }],
    [
      "a role in another case",
      { approver: { kind: "person", issuer: "holdfast/static", subject: "ann", roles: ["Oncall"] } },
    ],
    ["the model", { approver: { kind: "agent", agent: "signature" } }],
    ["an approver of a kind that does not exist", { approver: { kind: "service", agent: "triage" } }],
  ])("%s (vote)", (_, told) => {
    expect(GUARD.approve({ ...VOTE, ...untyped(told) }).outcome).toBe("deny");
  });

  test("a rule that errs, also where another rule permits", () => {
    const overflow =
      '@id("overflows") @reason("Too many.") forbid (principal, action == Action::"review", resource) when { context.podsAffected * 9223372036854775807 > 5 && context.inFreeze };';
    const guard = openGuard({ ...TEXTS, cedar: `${SHIPPED}${overflow}` });
    expect(guard.review({ ...FACTS, podsAffected: 1 }).outcome).toBe("allow");
    expect(guard.review({ ...FACTS, podsAffected: 2 })).toMatchObject({
      outcome: "deny",
      rules: [{ rule: "overflows", hard: true }],
    });
  });

  test("a tier that no rule gives, and a change that no role may approve", () => {
    const without = (id: string): string =>
      SHIPPED.replace(GUARD.rules.find((rule) => rule.id === id)?.text ?? "missing", () => "");
    const tierless = without("tier-one-ack")
      .replace('when { context.scope != Scope::"cluster" }', 'when { context.scope == Scope::"workload" }')
      .replace(/@id\("tier-two-people"\)[^;]*;/, "");
    expect(openGuard({ ...TEXTS, cedar: tierless }).tierOf(FACTS)).toMatchObject({
      outcome: "deny",
      rules: [{ rule: "guard-no-tier" }],
    });
    expect(openGuard({ ...TEXTS, cedar: without("oncall-approves") }).tierOf(FACTS)).toMatchObject({
      outcome: "deny",
      rules: [{ rule: "guard-no-approver" }],
    });
  });
});

describe("the inventory is the guard's own", () => {
  test("facts that name a lesser environment than the inventory are denied", () => {
    expect(rulesOf(GUARD.review({ ...FACTS, env: "dev" }))).toEqual(["guard-environment"]);
    expect(rulesOf(GUARD.approve({ ...VOTE, env: "staging" }))).toEqual(["guard-environment"]);
    expect(rulesOf(GUARD.review({ ...FACTS, env: "dev", cluster: "unheard-of" }))).toEqual(["guard-environment"]);
  });

  test("facts that name a stricter one are judged by it", () => {
    expect(GUARD.tierOf({ ...FACTS, cluster: "only-dev" })).toMatchObject({ level: 3 });
  });

  test("cluster scope is judged by the strictest environment of the cluster, whatever namespace is named", () => {
    const mixed = openGuard({ ...TEXTS, inventory: "clusters: { mixed: { namespaces: { a: dev, b: prod } } }" });
    const wide: Facts = { ...FACTS, cluster: "mixed", namespace: "a", env: "dev", inMaintenance: true };
    expect(mixed.review({ ...wide, scope: "namespace" }).outcome).toBe("allow");
    expect(rulesOf(mixed.review({ ...wide, scope: "cluster" }))).toEqual(["guard-environment"]);
  });

  test("no window is for a namespace that the inventory does not list", () => {
    const facts: Facts = { ...FACTS, scope: "namespace", inMaintenance: true };
    expect(GUARD.review(facts).outcome).toBe("allow");
    expect(rulesOf(GUARD.review({ ...facts, namespace: "unheard-of" }))).toEqual(["deny-wide-outside-window"]);
  });
});

describe("the digest", () => {
  test("is of everything that decides: a change of any text, or of the zone data, is another digest", () => {
    const digests = [
      TEXTS,
      { ...TEXTS, cedar: `${TEXTS.cedar}\n` },
      { ...TEXTS, windows: `${TEXTS.windows}\n` },
      { ...TEXTS, inventory: `${TEXTS.inventory}\n` },
      { ...TEXTS, limits: `${TEXTS.limits}\n` },
      { ...TEXTS, tz: "2026c" },
    ].map((texts) => openGuard(texts).digest);
    expect(new Set(digests).size).toBe(6);
    expect(openGuard(TEXTS).digest).toBe(GUARD.digest);
  });

  test("keeps two guards in one process apart", () => {
    const lenient = openGuard({
      ...TEXTS,
      cedar: SHIPPED.replace(GUARD.rules.find(({ id }) => id === "deny-during-freeze")?.text ?? "missing", () => ""),
    });
    const frozen: Facts = { ...FACTS, inFreeze: true };
    expect([lenient.review(frozen).outcome, GUARD.review(frozen).outcome, lenient.review(frozen).outcome]).toEqual([
      "allow",
      "deny",
      "allow",
    ]);
  });
});

test("a guard does not open over a file that it vouches for and that cannot be used", () => {
  expect(() => openGuard({ ...TEXTS, windows: "windows: []" })).toThrow("windows.yaml");
  expect(() => openGuard({ ...TEXTS, inventory: "clusters: []" })).toThrow("environments.yaml");
  expect(() => openGuard({ ...TEXTS, limits: "{}" })).toThrow("limits.yaml");
  expect(() => openGuard({ ...TEXTS, cedar: "" })).toThrow("guard.cedar");
});
