import { catalogue } from "@holdfast/actions";
import { recordOf, type ActionCall } from "@holdfast/schemas";
import { expect } from "vitest";
import type { LiveFacts } from "./facts.ts";
import { ranked } from "./rank.ts";
import type { Found } from "./signature.ts";
import { judge, loadSignatures } from "./signatures.ts";
import { pods, type ReleasePlan } from "./testing-facts.ts";

export const signatures = await loadSignatures();

export const OLD: ReleasePlan = { revision: 57, ageMinutes: 9_000, image: "acme/api:2.40.3", pods: pods("old", 3) };
export const NEW: ReleasePlan = { revision: 58, ageMinutes: 19, image: "acme/api:2.41.0", pods: [] };
export const GONE: ReleasePlan = { ...OLD, pods: [] };
export const ROLLBACK = {
  action: "rollback_deployment",
  deployment: "api",
  namespace: "payments",
  toTemplateOf: "api-57",
};

/** What all signatures find, with every action that a row may name. */
export function found(facts: LiveFacts, takes: (call: ActionCall) => boolean = () => true): readonly Found[] {
  return ranked(judge(signatures, facts, takes));
}

export function names(facts: LiveFacts): readonly string[] {
  return found(facts).map(({ signature }) => signature);
}

/** The remedy of the first finding. Where the catalogue has the action, it takes these arguments. */
export function remedy(facts: LiveFacts): unknown {
  const call = found(facts)[0]?.remedy;
  if (call === undefined) return undefined;
  const given = recordOf(call.arguments);
  const action = catalogue.get(call.action);
  if (action !== undefined) expect(action.input.safeParse(given)).toMatchObject({ success: true });
  return { action: call.action, ...given };
}

export function only(facts: LiveFacts): Found {
  const [first, ...rest] = found(facts);
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error("nothing was found");
  return first;
}

/** Everything that the first finding says and shows. */
export function shown(facts: LiveFacts): string {
  const [first] = found(facts);
  return [first?.says, ...(first?.evidence ?? []).map(({ says }) => says)].join("\n");
}
