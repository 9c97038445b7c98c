import type { Drafted, Plan } from "@holdfast/schemas";

const VERBS: Readonly<Record<string, RegExp>> = {
  restart: /\brestart/i,
  rollback: /\broll(ed|ing)?[\s_-]?back/i,
  scale: /\bscal(e|ing)\b/i,
  cordon: /\bcordon/i,
  uncordon: /\buncordon/i,
  delete: /\bdelet(e|ing)\b/i,
  drain: /\bdrain/i,
};

/** Where what was suggested, or the model's words, speak of another change than the signed one. */
export function disagreementOf(draft: Drafted, plan: Plan): string | undefined {
  if (draft.action !== plan.action) return `the draft asked for ${draft.action}, and this change is ${plan.action}`;
  const { kind, namespace, name } = plan.target;
  const asked = draft.target;
  if (asked !== null && (asked.kind !== kind || asked.namespace !== namespace || asked.name !== name))
    return `the draft was about ${asked.kind} ${asked.name}, and this change is of ${kind} ${name}`;
  const spoken = Object.keys(VERBS).filter((verb) => VERBS[verb]?.test(draft.words));
  if (spoken.length === 0 || spoken.some((verb) => plan.action.startsWith(verb))) return undefined;
  return `the words speak of ${spoken.join(" and ")}, and this change is ${plan.action}`;
}
