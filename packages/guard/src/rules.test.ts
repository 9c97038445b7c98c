import { describe, expect, test } from "vitest";

import { openLimits } from "./limits.ts";
import { openRules } from "./rules.ts";
import { MATRIX_LIMITS } from "./testing/matrix.ts";

const LIMITS = openLimits(MATRIX_LIMITS);
const SCHEMA = `// a schema, with a comment that is longer in bytes than in letters: ééé
entity Role;
entity Agent;
entity Human in [Role];
entity Env enum ["prod", "dev"];
entity Cluster;
action review appliesTo { principal: [Agent, Human], resource: [Cluster], context: { env: Env, inFreeze: Bool, age: Long } };

`;
const PERMIT = '@id("allow") permit (principal, action == Action::"review", resource);\n';
const open = (rules: string, schema = SCHEMA): ReturnType<typeof openRules> =>
  openRules(schema + rules, LIMITS, "guard.cedar");

test("each rule is known by its id, with its reason and its line, in the order of the file", () => {
  const { rules, roles } = open(
    `@id("b") @reason("No more than {evidenceAgeSecondsMax}.")\nforbid (principal, action, resource)\nwhen { context.age > 3 };\n\n${PERMIT}@id("a") permit (principal in Role::"lead", action, resource);`,
  );
  expect([...rules.values()].map(({ id, effect, reason, line }) => ({ id, effect, reason, line }))).toEqual([
    { id: "b", effect: "forbid", reason: "No more than 300.", line: 9 },
    { id: "allow", effect: "permit", reason: "", line: 13 },
    { id: "a", effect: "permit", reason: "", line: 14 },
  ]);
  expect(roles).toEqual(["lead"]);
});

test("a rule that forbids is hard, unless it rests on a window or a freeze", () => {
  const forbid = (id: string, condition: string): string =>
    `@id("${id}") @reason("No.") forbid (principal, action, resource) when { ${condition} };\n`;
  const { rules } = open(
    PERMIT +
      forbid("hard", "context.age > 3") +
      forbid("soft", "context.age > 3 || (context.inFreeze && context.age > 1)"),
  );
  expect([...rules.values()].map(({ id, hard }) => [id, hard])).toEqual([
    ["allow", false],
    ["hard", true],
    ["soft", false],
  ]);
});

describe("a policy in doubt is refused, with the line where it can be told", () => {
  const forbid = (condition: string): string =>
    `${PERMIT}@id("no") @reason("No.")\nforbid (principal, action, resource)\nwhen { ${condition} };`;
  test.each([
    ["no rule at all", "", "holds no rule"],
    [
      "a rule without an id",
      `${PERMIT}\npermit (principal, action, resource);`,
      'guard.cedar, line 11: a rule has no @id("…")',
    ],
    ["an empty id", '@id("") permit (principal, action, resource);', "has no @id"],
    [
      "an id twice",
      `${PERMIT}@id("allow") permit (principal is Human, action, resource);`,
      'guard.cedar, line 9: two rules have the id "allow"',
    ],
    ["one rule twice", PERMIT + PERMIT, 'two rules have the id "allow"'],
    [
      "a forbid without a reason",
      `${PERMIT}@id("no") forbid (principal, action, resource);`,
      'line 10: the rule "no" forbids without a @reason',
    ],
    [
      "a reason with an unknown number",
      `${PERMIT}@id("no") @reason("Over {maximum}.") forbid (principal, action, resource);`,
      "names {maximum}",
    ],
    [
      "a template",
      `${PERMIT}\n@id("t") permit (principal == ?principal, action, resource);`,
      "guard.cedar, line 11: a template",
    ],
    [
      "what does not parse",
      `${PERMIT}@id("t") permit (principal == , action, resource);`,
      "guard.cedar, line 10: unexpected token `,`",
    ],
    [
      "an unknown fact",
      forbid("context.enviroment == 1"),
      "guard.cedar, line 12: for policy `no`, attribute `enviroment`",
    ],
    ["a misspelt fact, with the hint", forbid('context.enf == Env::"dev"'), "did you mean `env`?"],
    ["an unknown environment", forbid('context.env == Env::"Prod"'), "guard.cedar, line 12:"],
    ["a letter of another alphabet", forbid('context.env == Env::"dev" && "рrod" like "*"'), "guard.cedar, line 12"],
    ["a wrong type", forbid('context.age == "3"'), "guard.cedar, line 12:"],
    ["a rule that can never match", forbid("context.age == 1 && false"), "guard.cedar, line"],
    [
      "an unknown role's type",
      `${PERMIT}@id("r") permit (principal in Rôle::"x", action, resource);`,
      "guard.cedar, line 10",
    ],
  ])("%s", (_, rules, why) => {
    expect(() => open(rules)).toThrow(why);
  });

  test("a schema that does not parse", () => {
    expect(() => open(PERMIT, "// first\nentity Role\nentity Agent;\n")).toThrow("guard.cedar, line 3:");
  });

  test("a schema that names what it does not define", () => {
    expect(() => open(PERMIT, SCHEMA.replace("entity Cluster;", ""))).toThrow("guard.cedar, line");
  });

  test("an annotation before the first id, which would be lost with the schema", () => {
    expect(() => open(`@reason("No.") ${PERMIT}`)).toThrow("guard.cedar, line 9");
  });
});
