/** The part of PromQL that the sandbox understands. Whatever is outside of it is refused with a sentence, never guessed at. */
export type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "selector"; readonly matchers: readonly Matcher[]; readonly rangeMs: number | undefined }
  | { readonly kind: "call"; readonly name: string; readonly argument: Node }
  | { readonly kind: "aggregate"; readonly name: string; readonly by: readonly string[]; readonly without: boolean; readonly argument: Node }
  | { readonly kind: "binary"; readonly op: string; readonly bool: boolean; readonly on: readonly string[] | undefined; readonly left: Node; readonly right: Node };

export type Matcher = { readonly label: string; readonly op: string; readonly value: string; readonly matches: (value: string) => boolean };

export class QueryRefused extends Error {}

export const UNDERSTOOD =
  "the sandbox understands selectors with =, !=, =~ and !~, sum/min/max/avg/count with by or without, rate, increase, delta and max_over_time, arithmetic, comparisons, and/or/unless with on(...)";

const AGGREGATES = ["sum", "min", "max", "avg", "count"];
const CALLS = ["rate", "increase", "delta", "max_over_time", "min_over_time", "avg_over_time", "abs"];
const PRECEDENCE: readonly (readonly string[])[] = [["or"], ["and", "unless"], ["==", "!=", "<=", "<", ">=", ">"], ["+", "-"], ["*", "/"]];
const TOKEN = /\s*(?:([a-zA-Z_:][\w:]*)|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|==|!=|<=|>=|[-+*/<>=(){},[\]]))/y;
const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const QUERY_MAX = 2_000;
const DEPTH_MAX = 40;

type Token = { readonly kind: "word" | "number" | "string" | "sign"; readonly text: string };

export function parseQuery(text: string): Node {
  if (text.length > QUERY_MAX) throw new QueryRefused(`the query is longer than ${QUERY_MAX} characters`);
  const tokens = tokenise(text);
  let at = 0;
  let depth = 0;

  const peek = (): string => tokens[at]?.text ?? "";
  const take = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw refuse("it ends too early");
    at += 1;
    return token;
  };
  const expect = (sign: string): void => {
    const { text: found } = take();
    if (found !== sign) throw refuse(`"${sign}" is wanted where "${found}" stands`);
  };
  const names = (): string[] => {
    const found: string[] = [];
    expect("(");
    while (peek() !== ")") {
      found.push(take().text);
      if (peek() === ",") take();
    }
    expect(")");
    return found;
  };

  const binary = (level: number): Node => {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    while (operators.includes(peek())) {
      const op = take().text;
      const bool = peek() === "bool" && take().text === "bool";
      const on = peek() === "on" && take().text === "on" ? names() : undefined;
      if (["ignoring", "group_left", "group_right"].includes(peek())) throw refuse(`"${peek()}" is not done`);
      left = { kind: "binary", op, bool, on, left, right: binary(level + 1) };
    }
    return left;
  };
  const unary = (): Node => {
    depth += 1;
    if (depth > DEPTH_MAX) throw refuse("it is nested too deeply");
    const node = primary();
    depth -= 1;
    return node;
  };
  const primary = (): Node => {
    const token = tokens[at];
    if (token?.text === "(") {
      take();
      const inner = binary(0);
      expect(")");
      return inner;
    }
    if (token?.text === "-") {
      take();
      return { kind: "binary", op: "*", bool: false, on: undefined, left: { kind: "number", value: -1 }, right: unary() };
    }
    if (token?.kind === "number") return { kind: "number", value: Number(take().text) };
    if (token?.text === "{") return selector(undefined);
    if (token?.kind !== "word") throw refuse(token === undefined ? "it ends too early" : `"${token.text}" is not expected`);
    const name = take().text;
    if (AGGREGATES.includes(name)) return aggregate(name);
    if (peek() === "(") {
      if (!CALLS.includes(name)) throw refuse(`the function "${name}" is not done`);
      take();
      const argument = binary(0);
      expect(")");
      return { kind: "call", name, argument };
    }
    return selector(name);
  };
  const aggregate = (name: string): Node => {
    const grouping = (): { by: string[]; without: boolean } | undefined => {
      if (peek() !== "by" && peek() !== "without") return undefined;
      const without = take().text === "without";
      return { by: names(), without };
    };
    const before = grouping();
    expect("(");
    const argument = binary(0);
    expect(")");
    return { kind: "aggregate", name, ...(before ?? grouping() ?? { by: [], without: false }), argument };
  };
  const selector = (name: string | undefined): Node => {
    const matchers = name === undefined ? [] : [matcher("__name__", "=", name)];
    if (peek() === "{") {
      take();
      while (peek() !== "}") {
        const label = take().text;
        const op = take().text;
        const value = take();
        if (value.kind !== "string") throw refuse(`the value of "${label}" is no string`);
        matchers.push(matcher(label, op, unquote(value.text)));
        if (peek() === ",") take();
      }
      expect("}");
    }
    return { kind: "selector", matchers, rangeMs: range() };
  };
  const range = (): number | undefined => {
    if (peek() === "offset") throw refuse('"offset" is not done');
    if (peek() !== "[") return undefined;
    take();
    const amount = Number(take().text);
    const unit = UNITS[take().text];
    expect("]");
    if (unit === undefined || !Number.isFinite(amount)) throw refuse("the range is no duration such as [5m]");
    return amount * unit;
  };

  const node = binary(0);
  if (at < tokens.length) throw refuse(`"${peek()}" is not expected`);
  return node;
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw refuse(`"${text.slice(from, from + 20)}" cannot be read`);
    const [, word, number, string, sign] = found;
    const kind = word !== undefined ? "word" : number !== undefined ? "number" : string !== undefined ? "string" : "sign";
    tokens.push({ kind, text: word ?? number ?? string ?? sign ?? "" });
  }
  return tokens;
}

export function matcher(label: string, op: string, value: string): Matcher {
  const pattern = op === "=~" || op === "!~" ? anchored(value) : undefined;
  switch (op) {
    case "=":
      return { label, op, value, matches: (found) => found === value };
    case "!=":
      return { label, op, value, matches: (found) => found !== value };
    case "=~":
      return { label, op, value, matches: (found) => pattern?.test(found) === true };
    case "!~":
      return { label, op, value, matches: (found) => pattern?.test(found) === false };
    default:
      throw refuse(`"${op}" matches no label`);
  }
}

function anchored(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw refuse(`"${pattern}" is no regular expression`);
  }
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
}

function refuse(why: string): QueryRefused {
  return new QueryRefused(`the query cannot be evaluated: ${why}; ${UNDERSTOOD}`);
}
