import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { openGuard } from "./guard.ts";
import { allFacts, allVotes, matrixTexts } from "./testing/matrix.ts";
import { approveDifference, reviewDifference, reviewOracle, tierDifference } from "./testing/oracle.ts";

const SHIPPED = readFileSync(new URL("../../../config/guard.cedar", import.meta.url), "utf8");
const LONG = 60_000;

const guard = openGuard(matrixTexts(SHIPPED));

test(
  "on every combination of facts the rules deny exactly what the tables deny, and name the same rules",
  { timeout: LONG },
  () => {
    const facts = [...allFacts()];
    expect(facts.length).toBeGreaterThan(6000);
    expect(facts.map((each) => reviewDifference(guard, each)).filter((difference) => difference !== undefined)).toEqual(
      [],
    );
  },
);

test(
  "whatever may be proposed has the tier, the quorum, the level and the roles of the tables",
  { timeout: LONG },
  () => {
    const allowed = [...allFacts()].filter((each) => reviewOracle(each).length === 0);
    expect(allowed.length).toBeGreaterThan(100);
    expect(allowed.map((each) => tierDifference(guard, each)).filter((difference) => difference !== undefined)).toEqual(
      [],
    );
  },
);

test("what is denied has no tier", () => {
  const denied = [...allFacts()].filter((each, at) => at % 41 === 0 && reviewOracle(each).length > 0);
  expect(denied.length).toBeGreaterThan(100);
  expect(denied.filter((each) => guard.tierOf(each).outcome !== "deny")).toEqual([]);
});

test("on every combination a vote counts exactly where the tables let it", { timeout: LONG }, () => {
  const votes = [...allVotes()];
  expect(votes.length).toBe(4032);
  expect(votes.map((vote) => approveDifference(guard, vote)).filter((difference) => difference !== undefined)).toEqual(
    [],
  );
});

test("every rule has its part in some answer of the matrix", { timeout: LONG }, () => {
  const facts = [...allFacts()].filter((_, at) => at % 7 === 0);
  const votes = [...allVotes()].filter((_, at) => at % 5 === 0);
  const verdicts = [...facts.map((each) => guard.review(each)), ...votes.map((vote) => guard.approve(vote))];
  const seen = new Set(
    verdicts.flatMap((verdict) => verdict.rules.map((rule) => (typeof rule === "string" ? rule : rule.rule))),
  );
  const judged = guard.rules.map(({ id }) => id).filter((id) => !id.startsWith("tier-"));
  expect(judged.filter((id) => !seen.has(id))).toEqual([]);
});
