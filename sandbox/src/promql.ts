import type { Labels } from "./kinds.ts";
import { QueryRefused, UNDERSTOOD } from "./promql-tokens.ts";
import type { Matcher, Node } from "./promql-parse.ts";
import type { Sample } from "./series.ts";

/** The samples at a time, and all points of a range: what a query is evaluated on. */
export type Source = {
  readonly at: (time: number) => readonly Sample[];
  readonly range: (from: number, to: number) => readonly { labels: Labels; points: readonly [number, number][] }[];
};

export type Value =
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "vector"; readonly samples: readonly Sample[] };

export function evaluate(node: Node, source: Source, time: number): Value {
  switch (node.kind) {
    case "number":
      return { kind: "scalar", value: node.value };
    case "selector":
      if (node.rangeMs !== undefined)
        throw new QueryRefused(`a range such as [5m] stands only inside rate(...) and its like; ${UNDERSTOOD}`);
      return { kind: "vector", samples: source.at(time).filter((sample) => selects(node.matchers, sample.labels)) };
    case "call":
      return call(node, source, time);
    case "aggregate":
      return aggregate(node, evaluate(node.argument, source, time));
    case "binary":
      return combine(node, evaluate(node.left, source, time), evaluate(node.right, source, time));
  }
}

function selects(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ label, matches }) => matches(labels[label] ?? ""));
}

function call({ name, argument }: Extract<Node, { kind: "call" }>, source: Source, time: number): Value {
  if (name === "abs") {
    const value = evaluate(argument, source, time);
    if (value.kind === "scalar") return { kind: "scalar", value: Math.abs(value.value) };
    return {
      kind: "vector",
      samples: value.samples.map((s) => ({ labels: nameless(s.labels), value: Math.abs(s.value) })),
    };
  }
  if (argument.kind !== "selector" || argument.rangeMs === undefined) {
    throw new QueryRefused(`${name} needs a selector with a range, such as ${name}(metric[5m]); ${UNDERSTOOD}`);
  }
  const { matchers, rangeMs } = argument;
  const ranges = source.range(time - rangeMs, time).filter(({ labels }) => selects(matchers, labels));
  const samples = ranges.flatMap(({ labels, points }) => {
    const values = points.map(([, value]) => value);
    const value = overTime(name, values, rangeMs);
    return value === undefined ? [] : [{ labels: nameless(labels), value }];
  });
  return { kind: "vector", samples };
}

function overTime(name: string, values: number[], rangeMs: number): number | undefined {
  const last = values.at(-1);
  const [first] = values;
  if (first === undefined || last === undefined) return undefined;
  const rise = values.reduce((sum, value, at) => sum + Math.max(0, value - (values[at - 1] ?? value)), 0);
  switch (name) {
    case "rate":
      return rise / (rangeMs / 1_000);
    case "increase":
      return rise;
    case "delta":
      return last - first;
    case "max_over_time":
      return Math.max(...values);
    case "min_over_time":
      return Math.min(...values);
    default:
      return values.reduce((a, b) => a + b, 0) / values.length;
  }
}

function aggregate({ name, by, without }: Extract<Node, { kind: "aggregate" }>, value: Value): Value {
  if (value.kind === "scalar") throw new QueryRefused(`${name} needs a vector; ${UNDERSTOOD}`);
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const sample of value.samples) {
    const kept = Object.entries(nameless(sample.labels)).filter(([label]) => by.includes(label) !== without);
    const labels = Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, values: [] };
    group.values.push(sample.value);
    groups.set(key, group);
  }
  const samples = [...groups.values()].map(({ labels, values }) => ({ labels, value: fold(name, values) }));
  return { kind: "vector", samples };
}

function fold(name: string, values: number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  switch (name) {
    case "min":
      return Math.min(...values);
    case "max":
      return Math.max(...values);
    case "avg":
      return sum / values.length;
    case "count":
      return values.length;
    default:
      return sum;
  }
}

type Binary = Extract<Node, { kind: "binary" }>;

function combine(node: Binary, left: Value, right: Value): Value {
  if (["and", "or", "unless"].includes(node.op)) return combineSets(node, left, right);
  if (left.kind === "scalar" && right.kind === "scalar") {
    const result = compute(node.op, left.value, right.value);
    return { kind: "scalar", value: typeof result === "boolean" ? Number(result) : result };
  }
  const pairs = pairUp(node, left, right);
  const samples = pairs.flatMap(({ labels, a, b, shown }) => {
    const result = compute(node.op, a, b);
    if (typeof result === "number") return [{ labels: nameless(labels), value: result }];
    if (node.bool) return [{ labels: nameless(labels), value: Number(result) }];
    return result ? [{ labels, value: shown }] : [];
  });
  return { kind: "vector", samples };
}

type Pair = { labels: Labels; a: number; b: number; shown: number };

function pairUp(node: Binary, left: Value, right: Value): Pair[] {
  if (left.kind === "vector" && right.kind === "scalar") {
    return left.samples.map(({ labels, value }) => ({ labels, a: value, b: right.value, shown: value }));
  }
  if (left.kind === "scalar") {
    return right.kind === "scalar"
      ? []
      : right.samples.map(({ labels, value }) => ({ labels, a: left.value, b: value, shown: value }));
  }
  const others = new Map(
    (right.kind === "vector" ? right.samples : []).map((s) => [keyOn(node.on, s.labels), s.value]),
  );
  return left.samples.flatMap(({ labels, value }) => {
    const other = others.get(keyOn(node.on, labels));
    return other === undefined ? [] : [{ labels, a: value, b: other, shown: value }];
  });
}

function combineSets({ op, on }: Binary, left: Value, right: Value): Value {
  if (left.kind === "scalar" || right.kind === "scalar")
    throw new QueryRefused(`"${op}" stands between vectors; ${UNDERSTOOD}`);
  const there = new Set(right.samples.map((s) => keyOn(on, s.labels)));
  if (op === "or") {
    const own = new Set(left.samples.map((s) => keyOn(on, s.labels)));
    return {
      kind: "vector",
      samples: [...left.samples, ...right.samples.filter((s) => !own.has(keyOn(on, s.labels)))],
    };
  }
  return { kind: "vector", samples: left.samples.filter((s) => there.has(keyOn(on, s.labels)) === (op === "and")) };
}

function compute(op: string, a: number, b: number): number | boolean {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function keyOn(on: readonly string[] | undefined, labels: Labels): string {
  const kept = Object.entries(nameless(labels)).filter(([label]) => on === undefined || on.includes(label));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameless(labels: Labels): Labels {
  const { __name__: _name, ...rest } = labels;
  return rest;
}
