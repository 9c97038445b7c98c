import * as cedar from "@cedar-policy/cedar-wasm/nodejs";

import type { Limits } from "./limits.ts";

export type Rule = {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** The sentence for people, with the numbers of the limits in it. */
  readonly reason: string;
  /** A rule that forbids, whatever a window or a freeze says. */
  readonly hard: boolean;
  /** In the policy file, counted from 1. */
  readonly line: number;
  readonly text: string;
};

export type RuleSet = {
  readonly schema: string;
  readonly rules: ReadonlyMap<string, Rule>;
  /** Every role that some rule names. */
  readonly roles: readonly string[];
};

/** The two facts that break-glass may replace: a rule that reads one of them can be waived, by opening the glass. */
const WAIVABLE = ["inMaintenance", "inFreeze"];

/** The text as a validated rule set. Throws a sentence at the first thing that is not beyond doubt. */
export function openRules(text: string, limits: Limits, file = "config/guard.cedar"): RuleSet {
  const start = text.indexOf("@id(");
  if (start === -1)
    throw new Error(
      `${file} holds no rule: none is marked with @id("…"). Without rules everything is denied, so nothing was started.`,
    );
  const source: Source = { file, text, start };
  const schema = text.slice(0, start);
  const parsedSchema = cedar.checkParseSchema(schema);
  if (parsedSchema.type === "failure") throw refusal({ ...source, start: 0 }, parsedSchema.errors);

  const parts = cedar.policySetTextToParts(text.slice(start));
  if (parts.type === "failure") throw refusal(source, parts.errors);
  const template = parts.policy_templates[0];
  if (template !== undefined)
    throw new Error(
      `${at(source, text.indexOf(template, start))}: a template (?principal, ?resource) is not a rule. Write out what it stands for.`,
    );

  const rules = new Map<string, Rule>();
  const roles = new Set<string>();
  for (const part of parts.policies) {
    const { rule, json } = ruleOf(part, source, limits);
    const earlier = rules.get(rule.id);
    if (earlier !== undefined)
      throw new Error(
        `${file}, line ${earlier.line}: two rules have the id "${rule.id}". One of them would vanish: give each its own.`,
      );
    rules.set(rule.id, rule);
    collectRoles(json, roles);
  }
  validate(schema, rules, source);
  return { schema, rules: inFileOrder(rules), roles: [...roles].toSorted() };
}

type Source = { readonly file: string; readonly text: string; readonly start: number };

function ruleOf(
  part: string,
  source: Source,
  limits: Limits,
): { readonly rule: Rule; readonly json: cedar.PolicyJson } {
  const offset = source.text.indexOf(part, source.start);
  const parsed = cedar.policyToJson(part);
  if (parsed.type === "failure") throw refusal({ ...source, start: offset }, parsed.errors);
  const { effect, annotations, conditions } = parsed.json;
  const id = annotations?.["id"];
  if (id === undefined || id === "")
    throw new Error(
      `${at(source, offset)}: a rule has no @id("…"). Decisions name the rules that made them: give it one.`,
    );
  const reason = annotations?.["reason"];
  if (reason === undefined && effect === "forbid")
    throw new Error(
      `${at(source, offset)}: the rule "${id}" forbids without a @reason("…"). People read that sentence: write it.`,
    );
  const rule: Rule = {
    id,
    effect,
    reason: filled(reason ?? "", limits, `${at(source, offset)}: the reason of "${id}"`),
    hard: effect === "forbid" && !readsAny(conditions, WAIVABLE),
    line: lineOf(source.text, offset),
    text: part,
  };
  return { rule, json: parsed.json };
}

/** The engine hands its parts back in an order of its own; people read the rules, and the denials, from the top of the file. */
function inFileOrder(rules: ReadonlyMap<string, Rule>): ReadonlyMap<string, Rule> {
  return new Map([...rules].toSorted(([, left], [, right]) => left.line - right.line));
}

function validate(schema: string, rules: ReadonlyMap<string, Rule>, source: Source): void {
  const staticPolicies = Object.fromEntries([...rules].map(([id, { text }]) => [id, text]));
  const answer = cedar.validate({ schema, policies: { staticPolicies } });
  if (answer.type === "failure") throw refusal({ ...source, start: 0 }, answer.errors);
  const [finding] = [...answer.validationErrors, ...answer.validationWarnings];
  if (finding !== undefined) {
    const rule = rules.get(finding.policyId);
    const start = rule === undefined ? source.start : source.text.indexOf(rule.text, source.start);
    throw refusal({ ...source, start }, [finding.error]);
  }
  if (answer.otherWarnings.length > 0) throw refusal({ ...source, start: 0 }, answer.otherWarnings);
}

/** Cedar's first finding as a sentence with its line. Its offsets count bytes from the start of what it was given. */
function refusal(source: Source, errors: readonly cedar.DetailedError[]): Error {
  const [error] = errors;
  const within = error?.sourceLocations?.[0]?.start ?? 0;
  const before = Buffer.from(source.text.slice(source.start)).subarray(0, within).toString();
  const help = typeof error?.help === "string" ? ` (${error.help})` : "";
  return new Error(
    `${at(source, source.start + before.length)}: ${error?.message ?? "Cedar refused it without a word"}${help}. Nothing is judged by a policy in doubt: repair it.`,
  );
}

function at({ file, text }: Source, offset: number): string {
  return `${file}, line ${lineOf(text, offset)}`;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, Math.max(offset, 0)).split("\n").length;
}

function filled(reason: string, limits: Limits, where: string): string {
  const numbers = new Map<string, unknown>(Object.entries(limits));
  return reason.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = numbers.get(name);
    if (typeof value !== "number") throw new Error(`${where} names {${name}}, which is no number of the limits.`);
    return String(value);
  });
}

/** Cedar's JSON names an attribute read or asked for as `{attr: name}`, wherever it stands. */
function readsAny(node: unknown, attributes: readonly string[]): boolean {
  if (typeof node !== "object" || node === null) return false;
  return Object.entries(node).some(
    ([key, value]) =>
      (key === "attr" && attributes.some((attribute) => attribute === value)) || readsAny(value, attributes),
  );
}

function collectRoles(node: unknown, roles: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  if ("type" in node && node.type === "Role" && "id" in node && typeof node.id === "string") roles.add(node.id);
  for (const value of Object.values(node)) collectRoles(value, roles);
}
