import type { KubeObject, LabelSelector } from "@holdfast/cluster";

type Selecting = KubeObject & { readonly spec?: { readonly selector?: LabelSelector | null } | null };

/** What kubectl writes after -l; undefined where the object selects nothing. */
export function selectorOf(object: KubeObject): string | undefined {
  const { spec }: Selecting = object;
  const selector = spec?.selector;
  if (typeof selector !== "object" || selector === null) return undefined;
  return labelSelector(selector);
}

function labelSelector({ matchLabels, matchExpressions }: LabelSelector): string | undefined {
  const labels = Object.entries(matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    const list = (values ?? []).join(",");
    switch (operator) {
      case "In":
        return `${key} in (${list})`;
      case "NotIn":
        return `${key} notin (${list})`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
  const all = [...labels, ...expressions];
  return all.length === 0 ? undefined : all.join(",");
}
