export type Mutant = { readonly says: string; readonly cedar: string };

type Change = { readonly name: string; readonly find: RegExp; readonly to: readonly string[] };

/** The slips that an editor of the policy could make, each applied at every place where it can be. */
const CHANGES: readonly Change[] = [
  { name: "permit", find: /\bpermit(?= \()/g, to: ["forbid"] },
  { name: "forbid", find: /\bforbid(?= \()/g, to: ["permit"] },
  { name: "when", find: /\bwhen(?= \{)/g, to: ["unless"] },
  { name: "unless", find: /\bunless(?= \{)/g, to: ["when"] },
  { name: "==", find: /(?<!action )==/g, to: ["!="] },
  { name: "!=", find: /!=/g, to: ["=="] },
  { name: "&&", find: /&&/g, to: ["||"] },
  { name: "||", find: /\|\|/g, to: ["&&"] },
  { name: "<", find: /<(?!=)/g, to: ["<=", ">"] },
  { name: ">", find: />(?!=)/g, to: [">=", "<"] },
  { name: ">=", find: />=/g, to: [">", "<="] },
  { name: "!", find: /!(?!=)/g, to: [""] },
  { name: "prod", find: /Env::"prod"/g, to: ['Env::"staging"', 'Env::"dev"'] },
  { name: "dev", find: /Env::"dev"/g, to: ['Env::"staging"', 'Env::"prod"'] },
  { name: "pod", find: /Scope::"pod"/g, to: ['Scope::"workload"', 'Scope::"cluster"'] },
  { name: "namespace", find: /Scope::"namespace"/g, to: ['Scope::"pod"', 'Scope::"workload"'] },
  { name: "cluster", find: /Scope::"cluster"/g, to: ['Scope::"namespace"', 'Scope::"pod"'] },
  { name: "kube-system", find: /"kube-system"/g, to: ['"kube-public"'] },
  { name: "holdfast", find: /"holdfast"/g, to: ['"holdfasts"'] },
  { name: "oncall", find: /Role::"oncall"/g, to: ['Role::"reader"'] },
  { name: "review", find: /Action::"review"/g, to: ['Action::"approve"', 'Action::"ackOnce"'] },
  { name: "approve", find: /Action::"approve"/g, to: ['Action::"review"'] },
  { name: "ackOnce", find: /Action::"ackOnce"/g, to: ['Action::"ackTyped"', 'Action::"ackTwoPeople"'] },
  { name: "ackTyped", find: /Action::"ackTyped"/g, to: ['Action::"ackOnce"', 'Action::"ackTwoPeople"'] },
  { name: "ackTwoPeople", find: /Action::"ackTwoPeople"/g, to: ['Action::"ackTyped"'] },
  { name: "inMaintenance", find: /context\.inMaintenance/g, to: ["context.inFreeze"] },
  { name: "inFreeze", find: /context\.inFreeze/g, to: ["context.inMaintenance"] },
  { name: "reversible", find: /context\.reversible/g, to: ["context.hasBackOut"] },
  { name: "hasBackOut", find: /context\.hasBackOut/g, to: ["context.reversible"] },
  { name: "age", find: /context\.evidenceAgeSeconds\b/g, to: ["context.actionsInLastHour"] },
  {
    name: "age limit",
    find: /context\.evidenceAgeSecondsMax/g,
    to: [
      "context.actionsPerTargetAndHour",
      "(context.evidenceAgeSecondsMax + 1)",
      "(context.evidenceAgeSecondsMax - 1)",
    ],
  },
  {
    name: "budget",
    find: /context\.actionsPerTargetAndHour/g,
    to: [
      "context.evidenceAgeSecondsMax",
      "(context.actionsPerTargetAndHour + 1)",
      "(context.actionsPerTargetAndHour - 1)",
    ],
  },
  { name: "0", find: /(?<=[<>=] )0\b/g, to: ["1", "-1"] },
  { name: "2", find: /(?<=[<>=] )2\b/g, to: ["1", "3"] },
  { name: "3", find: /(?<=[<>=] )3\b/g, to: ["2", "4"] },
];

/** Every mutant of one rule at a time: the rule gone, and each change at each of its places. Comments and annotations stay. */
export function mutantsOf(
  cedar: string,
  rules: readonly { readonly id: string; readonly text: string }[],
): readonly Mutant[] {
  return rules.flatMap(({ id, text }) => {
    const bodyAt = text.search(/^(permit|forbid) \(|\s(permit|forbid) \(/);
    const [head, body] = [text.slice(0, bodyAt), text.slice(bodyAt)];
    const put = (says: string, changed: string): Mutant => ({
      says: `${id}: ${says}`,
      cedar: cedar.replace(text, () => changed),
    });
    return [put("removed", ""), ...changesOf(body).map(({ says, changed }) => put(says, head + changed))];
  });
}

function changesOf(body: string): readonly { readonly says: string; readonly changed: string }[] {
  return CHANGES.flatMap(({ name, find, to }) =>
    [...body.matchAll(find)].flatMap((match, nth) =>
      to.map((replacement) => ({
        says: `${name} ${nth + 1} becomes ${replacement === "" ? "nothing" : replacement}`,
        changed: body.slice(0, match.index) + replacement + body.slice(match.index + match[0].length),
      })),
    ),
  );
}
