/** What a query of a model may ask. It is no parser: what this simple check cannot follow is refused. */
export const QUERY_CHARACTERS_MAX = 500;
export const MINUTES_MAX = 360;

const RANGE_MS_MAX = MINUTES_MAX * 60_000;
const NESTING_MAX = 12;
const SELECTORS_MAX = 8;
const PATTERN_CHARACTERS_MAX = 100;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
const DURATION = /^(?:\d{1,9}(?:ms|[smhdwy])){1,6}$/;
const TOKEN =
  /\s*(?:(?<duration>\d{1,9}(?:ms|[smhdwy])[\da-z]{0,20})|(?<number>\d[\d.]{0,20}(?:e[+-]?\d{1,4})?)|(?<word>[a-zA-Z_:][\w:]{0,200})|(?<text>"(?:[^"\\\n]|\\.){0,400}"|'(?:[^'\\\n]|\\.){0,400}')|(?<sign>=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}[\],]))/gy;
/** The only words that are neither functions nor metrics. */
const KEYWORDS = new Set([
  "and",
  "or",
  "unless",
  "bool",
  "offset",
  "group_left",
  "group_right",
  "by",
  "without",
  "on",
  "ignoring",
  "inf",
  "nan",
]);
const LABEL_LISTS = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
/** A pattern that fits everything is no matcher. */
const ANYTHING = /^[.*+?()|^$\s]{0,100}$/;

type Token = { readonly kind: "duration" | "number" | "word" | "text" | "sign"; readonly text: string };

/** @returns the sentence of a refusal, or undefined where the query may be asked. */
export function refusalOf(query: string): string | undefined {
  if (query.length > QUERY_CHARACTERS_MAX)
    return `The query is longer than ${QUERY_CHARACTERS_MAX} characters: ask for less.`;
  const tokens = tokensOf(query);
  if (tokens === undefined)
    return "The query has a part that is not understood here (comments, @, backticks and subqueries are not): ask in a simpler way.";
  return nestingOf(tokens) ?? durationsOf(tokens) ?? selectorsOf(tokens);
}

/** True unless only what the cluster itself measures is asked for: a client chooses no label of that. */
export function isOutsideWritable(query: string): boolean {
  const metrics = metricsOf(tokensOf(query) ?? []);
  return metrics.length === 0 || !metrics.every((name) => /^(?:kube_|node_|container_|up$)/.test(name));
}

function tokensOf(query: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of query.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    for (const kind of ["duration", "number", "word", "text", "sign"] as const) {
      const text = match.groups?.[kind];
      if (text !== undefined) tokens.push({ kind, text });
    }
  }
  return query.slice(end).trim() === "" ? tokens : undefined;
}

function nestingOf(tokens: readonly Token[]): string | undefined {
  const closes: Readonly<Record<string, string>> = { ")": "(", "}": "{", "]": "[" };
  const open: string[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== "sign") continue;
    if ("({[".includes(text)) open.push(text);
    else if (closes[text] !== undefined && open.pop() !== closes[text])
      return "The brackets of the query do not fit together.";
    if (open.length > NESTING_MAX)
      return `The query is nested deeper than ${NESTING_MAX} brackets: ask in a simpler way.`;
  }
  return open.length === 0 ? undefined : "The brackets of the query do not fit together.";
}

/** A range is one duration in brackets, of at most six hours; so is an offset. */
function durationsOf(tokens: readonly Token[]): string | undefined {
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === "sign" && text === "[" && !(tokens[index + 1]?.kind === "duration" && tokens[index + 2]?.text === "]"))
      return "A range is one duration in brackets, like [5m]; subqueries are not taken.";
    if (kind === "duration" && !(millisecondsOf(text) <= RANGE_MS_MAX))
      return `${text} is no duration, or more than ${MINUTES_MAX / 60} hours: ask for less.`;
  }
  return undefined;
}

function millisecondsOf(duration: string): number {
  if (!DURATION.test(duration)) return Number.NaN;
  return [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN),
    0,
  );
}

/** Each metric is named, and narrowed by a matcher that does not fit everything. */
function selectorsOf(tokens: readonly Token[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "sign" && token.text === "{") {
      const refusal = isMetric(tokens, index - 1)
        ? matchersRefusal(tokens, index)
        : "A selector without the name of a metric reads everything: name the metric.";
      if (refusal !== undefined) return refusal;
    } else if (isMetric(tokens, index) && tokens[index + 1]?.text !== "{")
      return `${token.text} has no matcher: narrow it in braces, like ${token.text}{namespace="…"}.`;
  }
  const count = metricsOf(tokens).length;
  return count > 0 && count <= SELECTORS_MAX
    ? undefined
    : `The query must ask for at least one metric and for at most ${SELECTORS_MAX}.`;
}

function metricsOf(tokens: readonly Token[]): readonly string[] {
  return tokens.filter((_, index) => isMetric(tokens, index)).map(({ text }) => text);
}

/** A word that is neither called, nor a keyword, nor a label in braces or in the list after `by`. */
function isMetric(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind !== "word" || KEYWORDS.has(token.text.toLowerCase()) || isInLabels(tokens, index)) return false;
  const next = tokens[index + 1];
  return next?.text !== "(" && !(next?.kind === "word" && ["by", "without"].includes(next.text.toLowerCase()));
}

function isInLabels(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= 0; at -= 1) {
    const text = tokens[at]?.kind === "sign" ? tokens[at]?.text : "";
    if (text === "{") return true;
    if (text === "(") return LABEL_LISTS.has(tokens[at - 1]?.text.toLowerCase() ?? "");
    if (text === "}" || text === ")") return false;
  }
  return false;
}

function matchersRefusal(tokens: readonly Token[], open: number): string | undefined {
  const close = tokens.findIndex(({ kind, text }, index) => index > open && kind === "sign" && text === "}");
  const inside = tokens.slice(open + 1, close);
  let narrowed = false;
  for (let at = 0; at < inside.length; at += 4) {
    const [label, sign, value, comma] = inside.slice(at, at + 4);
    if (
      label?.kind !== "word" ||
      value?.kind !== "text" ||
      !["=", "!=", "=~", "!~"].includes(sign?.text ?? "") ||
      (comma !== undefined && comma.text !== ",")
    )
      return 'Matchers look like {namespace="shop",pod=~"web-.*"}.';
    if (label.text === "__name__") return "The name of a metric stands before the braces, not in them.";
    const pattern = value.text.slice(1, -1);
    if (pattern.length > PATTERN_CHARACTERS_MAX)
      return `A matcher is longer than ${PATTERN_CHARACTERS_MAX} characters: ask for less.`;
    narrowed ||= (sign?.text === "=" && pattern !== "") || (sign?.text === "=~" && !ANYTHING.test(pattern));
  }
  return narrowed ? undefined : "No matcher of the query narrows it: give at least one label a value.";
}
