import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { openGuard } from "./guard.ts";
import type { Guard } from "./guard.ts";
import { MATRIX_LIMITS, allFacts, allVotes, matrixTexts } from "./testing/matrix.ts";
import { mutantsOf } from "./testing/mutate.ts";
import { approveDifference, reviewDifference, reviewOracle, tierDifference } from "./testing/oracle.ts";

const SHIPPED = readFileSync(new URL("../../../config/guard.cedar", import.meta.url), "utf8");

/** Steps through the cases with a stride that shares no factor with their number, so that each region is met early. */
function spread<Case>(cases: readonly Case[]): readonly Case[] {
  const stride = 1009;
  return cases.map((_, at) => cases[(at * stride) % cases.length]).filter((each) => each !== undefined);
}

type Case = (guard: Guard) => string | undefined;

const votes = spread([...allVotes()]).map(
  (vote): Case =>
    (guard) =>
      approveDifference(guard, vote),
);
const reviews = spread([...allFacts()]).map(
  (facts): Case =>
    (guard) =>
      reviewDifference(guard, facts),
);
const tiers = spread([...allFacts()].filter((facts) => reviewOracle(facts).length === 0)).map(
  (facts): Case =>
    (guard) =>
      tierDifference(guard, facts),
);

/** The three questions in turn, so that a mutant of any of them meets its own early. */
const cases = reviews.flatMap((review, at) => [review, votes[at], tiers[at]].filter((each) => each !== undefined));

function survives(guard: Guard): boolean {
  return cases.every((differs) => differs(guard) === undefined);
}

function isKilled(cedar: string, limits = MATRIX_LIMITS): boolean {
  let guard: Guard;
  try {
    guard = openGuard(matrixTexts(cedar, limits));
  } catch {
    return true; // the validator refused to open it
  }
  return !survives(guard);
}

test("no case is lost by asking them in another order", () => {
  expect(new Set(spread([...allVotes()])).size).toBe([...allVotes()].length);
  expect(new Set(spread([...allFacts()])).size).toBe([...allFacts()].length);
  expect(cases.length).toBe(reviews.length + votes.length + tiers.length);
});

test("the policy as shipped survives what kills its mutants", () => {
  const guard = openGuard(matrixTexts(SHIPPED));
  expect(cases.filter((differs, at) => at % 10 === 0 && differs(guard) !== undefined)).toEqual([]);
});

test("every slip in the policy is noticed", { timeout: 120_000 }, () => {
  const mutants = mutantsOf(SHIPPED, openGuard(matrixTexts(SHIPPED)).rules);
  expect(mutants.length).toBeGreaterThan(100);
  expect(mutants.filter(({ cedar }) => cedar === SHIPPED)).toEqual([]);
  expect(mutants.filter(({ cedar }) => !isKilled(cedar)).map(({ says }) => says)).toEqual([]);
});

test("a limit moved by one is noticed", { timeout: 60_000 }, () => {
  const moved = [
    ["evidenceAgeSecondsMax: 300", "evidenceAgeSecondsMax: 299"],
    ["evidenceAgeSecondsMax: 300", "evidenceAgeSecondsMax: 301"],
    ["actionsPerTargetAndHour: 6", "actionsPerTargetAndHour: 5"],
    ["actionsPerTargetAndHour: 6", "actionsPerTargetAndHour: 7"],
  ] as const;
  for (const [from, to] of moved) expect(isKilled(SHIPPED, MATRIX_LIMITS.replace(from, to)), to).toBe(true);
});

test("without the rule against the model the schema still keeps it out: two walls, and each holds alone", () => {
  const model = [...allVotes()].filter(({ approver }) => approver.kind === "agent");
  const shipped = openGuard(matrixTexts(SHIPPED));
  const rule = shipped.rules.find(({ id }) => id === "no-model-approval");
  const without = openGuard(matrixTexts(SHIPPED.replace(rule?.text ?? "missing", () => "")));
  const permitted = openGuard(
    matrixTexts(`${SHIPPED}@id("careless") permit (principal, action == Action::"approve", resource);`),
  );
  expect(model.length).toBeGreaterThan(100);
  expect(without.rules.length).toBe(shipped.rules.length - 1);
  for (const vote of model.filter((_, at) => at % 3 === 0))
    expect([without.approve(vote).outcome, permitted.approve(vote).outcome]).toEqual(["deny", "deny"]);
});
