import { createHash } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { openDecide } from "./decide.ts";
import { openLimits } from "./limits.ts";
import { openRules } from "./rules.ts";
import { MATRIX_LIMITS } from "./testing/matrix.ts";

/** Small rule sets on a small schema through the real engine: what must hold for any rules, not only for those we ship. */
const SCHEMA = `entity Agent;
entity Cluster;
action review appliesTo { principal: [Agent], resource: [Cluster], context: { a: Bool, b: Bool, n: Long } };
`;
const LIMITS = openLimits(MATRIX_LIMITS);
const CONDITIONS = [
  "context.a",
  "!context.a",
  "context.b",
  "context.a && context.b",
  "context.n > 0",
  "context.n <= 0 || context.b",
  "context.n == 7",
] as const;
/** Overflows where n is 2 or more, and only there. */
const ERRS = "context.n * 9223372036854775807 > 0";

type Simple = { readonly effect: "permit" | "forbid"; readonly when: string };
type Context = { readonly a: boolean; readonly b: boolean; readonly n: number };

const condition = fc.constantFrom(...CONDITIONS);
const rule = fc.record({ effect: fc.constantFrom("permit" as const, "forbid" as const), when: condition });
const rules = fc.array(rule, { minLength: 1, maxLength: 5 });
const context = fc.record({ a: fc.boolean(), b: fc.boolean(), n: fc.constantFrom(-1, 0, 1, 7) });
const RUNS = { numRuns: 40 };

function outcome(set: readonly Simple[], facts: Context): "allow" | "deny" {
  const text =
    SCHEMA +
    set
      .map(
        ({ effect, when }, at) =>
          `@id("r${at}") @reason("r") ${effect} (principal, action, resource) when { ${when} };\n`,
      )
      .join("");
  const decide = openDecide(openRules(text, LIMITS), createHash("sha256").update(text).digest("hex"));
  const [principal, resource] = [
    { type: "Agent", id: "x" },
    { type: "Cluster", id: "y" },
  ];
  return decide(() => ({
    principal,
    action: { type: "Action", id: "review" },
    resource,
    context: { ...facts },
    entities: [],
  })).outcome;
}

const holds = (when: string, facts: Context): boolean => outcome([{ effect: "permit", when }], facts) === "allow";

test("a satisfied forbid beats any number of permits", () => {
  fc.assert(
    fc.property(rules, condition, context, (set, when, facts) => {
      fc.pre(holds(when, facts));
      expect(outcome([...set, { effect: "forbid", when }], facts)).toBe("deny");
    }),
    RUNS,
  );
});

test("the order and the repetition of rules do not matter", () => {
  const shuffled = rules.chain((set) =>
    fc.tuple(fc.constant(set), fc.shuffledSubarray([...set, ...set], { minLength: set.length * 2 })),
  );
  fc.assert(
    fc.property(shuffled, context, ([set, other], facts) => {
      expect(outcome(other, facts)).toBe(outcome(set, facts));
    }),
    RUNS,
  );
});

test("one more forbid never turns a denial into an allowance", () => {
  fc.assert(
    fc.property(rules, fc.constantFrom(...CONDITIONS, ERRS), context, (set, when, facts) => {
      fc.pre(outcome(set, facts) === "deny");
      expect(outcome([...set, { effect: "forbid", when }], facts)).toBe("deny");
    }),
    RUNS,
  );
});

test("one more permit that does not err never turns an allowance into a denial", () => {
  fc.assert(
    fc.property(rules, condition, context, (set, when, facts) => {
      fc.pre(outcome(set, facts) === "allow");
      expect(outcome([...set, { effect: "permit", when }], facts)).toBe("allow");
    }),
    RUNS,
  );
});

test("a rule that errs denies, whatever the others say and whichever way it points", () => {
  fc.assert(
    fc.property(rules, fc.constantFrom("permit" as const, "forbid" as const), (set, effect) => {
      const facts = { a: true, b: true, n: 7 };
      expect(outcome([...set, { effect, when: ERRS }], facts)).toBe("deny");
    }),
    RUNS,
  );
  expect(outcome([{ effect: "permit", when: ERRS }], { a: true, b: true, n: 1 })).toBe("allow");
});

test("silence denies", () => {
  fc.assert(
    fc.property(rules, context, (set, facts) => {
      const spoken = set.filter(({ effect, when }) => effect === "permit" && holds(when, facts));
      if (spoken.length === 0) expect(outcome(set, facts)).toBe("deny");
    }),
    RUNS,
  );
});
