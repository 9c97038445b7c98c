import type { RbacRule } from "./action.ts";
import { catalogue } from "./catalogue.ts";

/** What the executor (and the planner, who tries the same) needs for each action, by the action's name. */
export const rbac: ReadonlyMap<string, readonly RbacRule[]> = new Map(
  [...catalogue.values()].map((action) => [action.name, action.rbac]),
);

/** All of it together: each resource once, with every verb that some action uses on it. */
export function rulesFor(names: readonly string[]): readonly RbacRule[] {
  const rules = names.flatMap((name) => {
    const found = rbac.get(name);
    if (!found) throw new Error(`There is no action ${name}, so nobody can say what it needs.`);
    return found;
  });
  const keys = [...new Set(rules.map(keyOf))].toSorted();
  return keys.flatMap((key) => {
    const same = rules.filter((rule) => keyOf(rule) === key);
    const [first] = same;
    return first ? [{ ...first, verbs: [...new Set(same.flatMap((rule) => rule.verbs))].toSorted() }] : [];
  });
}

/** Rights on named objects and rights on all of a kind stay apart: joining them would widen the former. */
function keyOf({ group, resource, named }: RbacRule): string {
  return `${group}/${resource} ${named ? "named" : "all"}`;
}
