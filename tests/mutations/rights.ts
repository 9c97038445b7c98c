import type { Mutation } from "./mutation.ts";

const ROLE = "packages/bus/src/role.ts";
const ROLES = "packages/wiring/src/roles.ts";
const DIFFERENCE = "packages/bus/src/kafka/topology/difference.ts";
const APPLY = "packages/bus/src/kafka/topology/apply.ts";
const narrowing = {
  file: "packages/bus/src/role.test.ts",
  test: "a bus of a role refuses what does not, with a sentence, and writes nothing",
};
const comparing = (test: string): Mutation["killedBy"] => ({
  file: "packages/bus/src/kafka/topology/difference.test.ts",
  test,
});

/** Who may do what on the bus. */
export const RIGHTS: readonly Mutation[] = [
  {
    removes: "that a service publishes by its row alone",
    file: ROLE,
    find: 'requireOnly([topic], produces, "publish");',
    replace: "",
    killedBy: narrowing,
  },
  {
    removes: "that a service consumes by its row alone",
    file: ROLE,
    find: 'requireOnly(topics, consumes, "consume");',
    replace: "",
    killedBy: narrowing,
  },
  {
    removes: "that the executor reads approved proposals alone",
    file: ROLES,
    find: 'consumes: ["proposals.approved"],',
    replace: 'consumes: ["proposals.approved", "proposals.allowed"],',
    killedBy: {
      file: "packages/wiring/src/roles.test.ts",
      test: "the table of roles > the executor reads approved proposals, and nothing else",
    },
  },
  {
    removes: "that everybody's rights over everything are told",
    file: DIFFERENCE,
    find: 'return pattern === "literal" ? name === "*" : prefix.startsWith(name);',
    replace: "return false;",
    killedBy: comparing("a right too many is told: everybody's on everything"),
  },
  {
    removes: "that everybody's rights on the cluster are told",
    file: DIFFERENCE,
    find: 'return principal === "User:*" && permission === "allow" && !HARMLESS.has(operation);',
    replace: "return false;",
    killedBy: comparing("a right too many is told: everybody's on the cluster"),
  },
  {
    removes: "that rights which others may live on are left to a person",
    file: DIFFERENCE,
    find: "isRemovable: isOfOurs && isNameable",
    replace: "isRemovable: isNameable",
    killedBy: comparing("a right too many is told: everybody's on everything"),
  },
  {
    removes: "that a longer retention is never shortened",
    file: DIFFERENCE,
    find: 'have === "-1" || Number(have) >= Number(want)',
    replace: "have === want",
    killedBy: comparing("retention is a floor: longer is no difference, shorter is"),
  },
  {
    removes: "that settings are changed only when asked",
    file: APPLY,
    find: 'return mend ? "mend" : undefined;',
    replace: 'return "mend";',
    killedBy: comparing("nothing is changed or taken away that was not asked for, and no topic ever"),
  },
];
