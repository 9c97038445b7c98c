import { readTokens, refuse } from "./promql-tokens.ts";
import type { Tokens } from "./promql-tokens.ts";

/** The part of PromQL that the sandbox understands. Whatever is outside of it is refused with a sentence, never guessed at. */
export type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "selector"; readonly matchers: readonly Matcher[]; readonly rangeMs: number | undefined }
  | { readonly kind: "call"; readonly name: string; readonly argument: Node }
  | ({ readonly kind: "aggregate"; readonly name: string; readonly argument: Node } & Grouping)
  | {
      readonly kind: "binary";
      readonly op: string;
      readonly bool: boolean;
      readonly on: readonly string[] | undefined;
      readonly left: Node;
      readonly right: Node;
    };

type Grouping = { readonly by: readonly string[]; readonly without: boolean };

export type Matcher = { readonly label: string; readonly matches: (value: string) => boolean };

const AGGREGATES = ["sum", "min", "max", "avg", "count"];
const CALLS = ["rate", "increase", "delta", "max_over_time", "min_over_time", "avg_over_time", "abs"];
const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PRECEDENCE: readonly (readonly string[])[] = [
  ["or"],
  ["and", "unless"],
  ["==", "!=", "<=", "<", ">=", ">"],
  ["+", "-"],
  ["*", "/"],
];
const QUERY_MAX = 2_000;
const DEPTH_MAX = 40;
const REPEATS_MAX = 4;

export function parseQuery(text: string): Node {
  if (text.length > QUERY_MAX) throw refuse(`it is longer than ${QUERY_MAX} characters`);
  const tokens = readTokens(text);
  const node = binary(tokens, 0, 0);
  const left = tokens.peek();
  if (left !== undefined) throw refuse(`"${left.text}" is not expected`);
  return node;
}

function binary(tokens: Tokens, level: number, depth: number): Node {
  const operators = PRECEDENCE[level];
  if (operators === undefined) return operand(tokens, depth + 1);
  let left = binary(tokens, level + 1, depth);
  while (tokens.is(...operators)) {
    const op = tokens.take().text;
    const bool = tokens.skip("bool");
    const on = tokens.skip("on") ? names(tokens) : undefined;
    if (tokens.is("ignoring", "group_left", "group_right")) throw refuse(`"${tokens.take().text}" is not done`);
    left = { kind: "binary", op, bool, on, left, right: binary(tokens, level + 1, depth) };
  }
  return left;
}

function operand(tokens: Tokens, depth: number): Node {
  if (depth > DEPTH_MAX) throw refuse("it is nested too deeply");
  if (tokens.skip("-")) {
    return {
      kind: "binary",
      op: "*",
      bool: false,
      on: undefined,
      left: { kind: "number", value: -1 },
      right: operand(tokens, depth + 1),
    };
  }
  if (tokens.is("(")) return parenthesised(tokens, depth);
  if (tokens.is("{")) return selector(tokens, undefined);
  const { kind, text } = tokens.take();
  if (kind === "number") return { kind: "number", value: Number(text) };
  if (kind !== "word") throw refuse(`"${text}" is not expected`);
  if (AGGREGATES.includes(text)) return aggregate(tokens, text, depth);
  if (!tokens.is("(")) return selector(tokens, text);
  if (!CALLS.includes(text)) throw refuse(`the function "${text}" is not done`);
  return { kind: "call", name: text, argument: parenthesised(tokens, depth) };
}

function parenthesised(tokens: Tokens, depth: number): Node {
  tokens.expect("(");
  const inner = binary(tokens, 0, depth);
  tokens.expect(")");
  return inner;
}

function aggregate(tokens: Tokens, name: string, depth: number): Node {
  const before = grouping(tokens);
  const argument = parenthesised(tokens, depth);
  return { kind: "aggregate", name, argument, ...(before ?? grouping(tokens) ?? { by: [], without: false }) };
}

function grouping(tokens: Tokens): Grouping | undefined {
  if (tokens.skip("by")) return { by: names(tokens), without: false };
  return tokens.skip("without") ? { by: names(tokens), without: true } : undefined;
}

function names(tokens: Tokens): string[] {
  const found: string[] = [];
  tokens.expect("(");
  while (!tokens.is(")")) {
    found.push(tokens.take().text);
    tokens.skip(",");
  }
  tokens.expect(")");
  return found;
}

function selector(tokens: Tokens, name: string | undefined): Node {
  const matchers = name === undefined ? [] : [matcher("__name__", "=", name)];
  if (tokens.skip("{")) {
    while (!tokens.is("}")) {
      const label = tokens.take().text;
      const op = tokens.take().text;
      const value = tokens.take();
      if (value.kind !== "string") throw refuse(`the value of "${label}" is no string`);
      matchers.push(matcher(label, op, unquote(value.text)));
      tokens.skip(",");
    }
    tokens.expect("}");
  }
  return { kind: "selector", matchers, rangeMs: range(tokens) };
}

function range(tokens: Tokens): number | undefined {
  if (tokens.is("offset")) throw refuse('"offset" is not done');
  if (!tokens.skip("[")) return undefined;
  const ms = Number(tokens.take().text) * (UNITS[tokens.take().text] ?? Number.NaN);
  tokens.expect("]");
  if (!(ms > 0)) throw refuse("the range is no duration such as [5m]");
  return ms;
}

export function matcher(label: string, op: string, value: string): Matcher {
  switch (op) {
    case "=":
      return { label, matches: (found) => found === value };
    case "!=":
      return { label, matches: (found) => found !== value };
    case "=~": {
      const pattern = anchored(value);
      return { label, matches: (found) => pattern.test(found) };
    }
    case "!~": {
      const pattern = anchored(value);
      return { label, matches: (found) => !pattern.test(found) };
    }
    default:
      throw refuse(`"${op}" matches no label`);
  }
}

function anchored(pattern: string): RegExp {
  // Prometheus' own expressions take linear time. Ours do not, and a query must not be able to hold the whole sandbox.
  const repeats = pattern.match(/[*+]|\{\d/g)?.length ?? 0;
  if (repeats > REPEATS_MAX || /\)[*+{]|\\\d/.test(pattern)) throw refuse(`"${pattern}" repeats a group, or too often`);
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw refuse(`"${pattern}" is no regular expression`);
  }
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
}
