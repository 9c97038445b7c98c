import * as cedar from "@cedar-policy/cedar-wasm/nodejs";

import type { DeniedBy, Verdict } from "./facts.ts";
import type { RuleSet } from "./rules.ts";

export type Question = Pick<
  cedar.StatefulAuthorizationCall,
  "principal" | "action" | "resource" | "context" | "entities"
>;
export type Decide = (question: () => Question) => Verdict;

/**
 * Loads the rules into the engine under the name of their digest, so that no other set can ever take their place.
 *
 * INVARIANT: only a clean allow is an allow. Facts that cannot be put into a question, an engine that fails, a request
 * that it refuses and a rule that errs all deny.
 */
export function openDecide({ schema, rules }: RuleSet, digest: string): Decide {
  const staticPolicies = Object.fromEntries([...rules].map(([id, { text }]) => [id, text]));
  for (const answer of [cedar.preparseSchema(digest, schema), cedar.preparsePolicySet(digest, { staticPolicies })])
    if (answer.type !== "success")
      throw new Error(
        `The policy engine did not take the rules: ${answer.errors.map(({ message }) => message).join("; ")}. Nothing was started.`,
      );

  return (question) => {
    let answer: cedar.AuthorizationAnswer;
    try {
      answer = cedar.statefulIsAuthorized({
        ...question(),
        preparsedPolicySetId: digest,
        preparsedSchemaName: digest,
        validateRequest: true,
      });
    } catch (cause) {
      return doubt(
        "guard-engine",
        `The policy engine failed: ${cause instanceof Error ? cause.message : String(cause)}.`,
      );
    }
    if (answer.type !== "success")
      return doubt(
        "guard-engine",
        `The policy engine refused the facts: ${answer.errors.map(({ message }) => message).join("; ")}.`,
      );
    return judged(answer.response, rules);
  };
}

function judged({ decision, diagnostics }: cedar.Response, rules: RuleSet["rules"]): Verdict {
  // Cedar skips a rule that errs, and one of those skipped may have been a forbid.
  if (diagnostics.errors.length > 0)
    return {
      outcome: "deny",
      rules: diagnostics.errors.map(({ policyId, error }) =>
        hard(policyId, `This rule could not be evaluated: ${error.message}.`),
      ),
    };
  if (decision === "allow") return { outcome: "allow", rules: diagnostics.reason.toSorted() };
  if (diagnostics.reason.length === 0) return doubt("guard-silence", "No rule permits this.");
  return { outcome: "deny", rules: inOrder(diagnostics.reason, rules) };
}

/** What nobody can waive comes first, then in the order of the policy file. */
function inOrder(ids: readonly string[], rules: RuleSet["rules"]): readonly DeniedBy[] {
  const order = [...rules.keys()];
  const denied = ids
    .toSorted((left, right) => order.indexOf(left) - order.indexOf(right))
    .map((id) => deniedBy(id, rules));
  return [...denied.filter((rule) => rule.hard), ...denied.filter((rule) => !rule.hard)];
}

function deniedBy(id: string, rules: RuleSet["rules"]): DeniedBy {
  const rule = rules.get(id);
  return rule === undefined
    ? hard(id, "This rule is not in the policy file.")
    : { rule: id, reason: rule.reason, hard: rule.hard };
}

/** A denial by the guard itself rather than by a rule. */
export function doubt(rule: string, reason: string): Extract<Verdict, { outcome: "deny" }> {
  return { outcome: "deny", rules: [hard(rule, reason)] };
}

function hard(rule: string, reason: string): DeniedBy {
  return { rule, reason, hard: true };
}
