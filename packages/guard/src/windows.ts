import { strictness } from "./facts.ts";
import type { Env } from "./facts.ts";
import { contains, parseInterval } from "./intervals.ts";
import type { Interval } from "./intervals.ts";
import { envOf } from "./inventory.ts";
import { fieldsOf, filledListOf, listOf, readYaml, textOf } from "./strict-yaml.ts";

export type Target = {
  readonly env: Env;
  readonly cluster: string;
  /** Absent for what no namespace holds, such as a node. */
  readonly namespace?: string | undefined;
};

/** Unix milliseconds; both ends belong to it. The margin for clocks that differ is added inside. */
export type During = Target & { readonly from: number; readonly to: number };

export type Windows = {
  /** Open without a gap for all of it. Any doubt: false. */
  readonly inMaintenance: (during: During) => boolean;
  /** Frozen at any moment of it. Any doubt: true. */
  readonly inFreeze: (during: During) => boolean;
  /**
   * The first moment, at most 30 days on, at which what is open at `at` is closed or frozen. Nothing where no window is open.
   * Ask it only about what may run in windows alone: another action may well have a window open around it.
   */
  readonly windowEnd: (target: Target & { readonly at: number }) => number | undefined;
};

type Absolute = { readonly from: number; readonly to: number };
type Selector = { readonly env?: Env; readonly cluster?: string; readonly namespaces?: readonly string[] };
type Entry = {
  readonly selector: Selector;
  readonly intervals: readonly Interval[];
  readonly absolutes: readonly Absolute[];
};

const MINUTE = 60_000;
const DURING_MS_MAX = 24 * 60 * MINUTE;
const SEARCH_MS_MAX = 30 * 24 * 60 * MINUTE;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/;

export function openWindows(text: string, skewSeconds: number, file = "config/windows.yaml"): Windows {
  // Both lists must be there: a file cut off in the middle would lose its freezes in silence.
  const fields = fieldsOf(readYaml(text, file), file, {
    required: ["windows", "freezes"],
    ifEmpty: "Write windows: [] and freezes: [] for none.",
  });
  const windows = entriesOf(fields.get("windows"), `${file}: windows`);
  const freezes = entriesOf(fields.get("freezes"), `${file}: freezes`);
  const skew = skewSeconds * 1000;
  return {
    inMaintenance: (during) => {
      const mine = windows.filter(({ selector }) => covers(selector, during));
      return isJudgeable(during) && instantsOf(during, skew, mine).every((at) => isOpen(mine, at));
    },
    inFreeze: (during) => {
      const mine = freezes.filter(({ selector }) => touches(selector, during));
      return !isJudgeable(during) || instantsOf(during, skew, mine).some((at) => isOpen(mine, at));
    },
    windowEnd: (target) => {
      const open = windows.filter(({ selector }) => covers(selector, target));
      const frozen = freezes.filter(({ selector }) => touches(selector, target));
      return isOpen(open, target.at) ? endAfter(target.at, open, frozen) : undefined;
    },
  };
}

/** A window is for exactly what it names. */
function covers(selector: Selector, { env, cluster, namespace }: Target): boolean {
  return (
    (selector.env === undefined || selector.env === env) &&
    (selector.cluster === undefined || selector.cluster === cluster) &&
    (selector.namespaces === undefined || (namespace !== undefined && selector.namespaces.includes(namespace)))
  );
}

/** A freeze is for whatever it may reach: what has no namespace touches them all, and every environment up to its cluster's strictest. */
function touches(selector: Selector, target: Target): boolean {
  if (target.namespace !== undefined) return covers(selector, target);
  return (
    (selector.env === undefined || strictness(selector.env) <= strictness(target.env)) &&
    (selector.cluster === undefined || selector.cluster === target.cluster)
  );
}

function isJudgeable({ from, to }: During): boolean {
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to && to - from <= DURING_MS_MAX;
}

function isOpen(entries: readonly Entry[], at: number): boolean {
  return entries.some(
    ({ intervals, absolutes }) =>
      intervals.some((interval) => contains(interval, at)) || absolutes.some(({ from, to }) => at >= from && at < to),
  );
}

/** Every moment at which an answer can change: the ends, the full minutes between them, and where an absolute entry begins or ends. */
function instantsOf(during: During, skew: number, entries: readonly Entry[]): readonly number[] {
  const [from, to] = [during.from - skew, during.to + skew];
  const instants = [from, ...edgesOf(entries).filter((edge) => edge > from && edge < to)];
  for (let at = nextMinute(from); at < to; at += MINUTE) instants.push(at);
  return [...instants, to];
}

function endAfter(start: number, open: readonly Entry[], frozen: readonly Entry[]): number {
  const edges = edgesOf([...open, ...frozen]);
  const isOver = (at: number): boolean => !isOpen(open, at) || isOpen(frozen, at);
  if (isOver(start)) return start;
  for (let at = nextMinute(start); at < start + SEARCH_MS_MAX; at += MINUTE) {
    const sooner = edges.filter((edge) => edge > at - MINUTE && edge > start && edge < at && isOver(edge));
    if (sooner.length > 0) return Math.min(...sooner);
    if (isOver(at)) return at;
  }
  return start + SEARCH_MS_MAX;
}

function edgesOf(entries: readonly Entry[]): readonly number[] {
  return entries.flatMap(({ absolutes }) => absolutes.flatMap(({ from, to }) => [from, to]));
}

function nextMinute(at: number): number {
  return (Math.floor(at / MINUTE) + 1) * MINUTE;
}

function entriesOf(value: unknown, where: string): readonly Entry[] {
  const names = new Set<string>();
  return listOf(value, where).map((element, at) => {
    const here = `${where}[${at}]`;
    const fields = fieldsOf(element, here, {
      required: ["name", "selector"],
      optional: ["time_intervals", "absolute"],
    });
    const name = textOf(fields.get("name"), `${here}.name`);
    if (names.has(name)) throw new Error(`${here}: the name "${name}" is taken by an earlier entry.`);
    names.add(name);
    if (!fields.has("time_intervals") && !fields.has("absolute"))
      throw new Error(`${here}: "${name}" says no time. Give it time_intervals or absolute.`);
    return {
      selector: selectorOf(fields.get("selector"), `${here}.selector`),
      intervals: optionalList(fields, "time_intervals", here).map((entry, index) =>
        parseInterval(entry, `${here}.time_intervals[${index}]`),
      ),
      absolutes: optionalList(fields, "absolute", here).map((entry, index) =>
        absoluteOf(entry, `${here}.absolute[${index}]`),
      ),
    };
  });
}

function optionalList(fields: ReadonlyMap<string, unknown>, key: string, where: string): readonly unknown[] {
  return fields.has(key) ? filledListOf(fields.get(key), `${where}.${key}`) : [];
}

function selectorOf(value: unknown, where: string): Selector {
  const fields = fieldsOf(value, where, { required: [], optional: ["env", "cluster", "namespaces"] });
  return {
    ...(fields.has("env") ? { env: envOf(fields.get("env"), `${where}.env`) } : {}),
    ...(fields.has("cluster") ? { cluster: textOf(fields.get("cluster"), `${where}.cluster`) } : {}),
    ...(fields.has("namespaces")
      ? {
          namespaces: filledListOf(fields.get("namespaces"), `${where}.namespaces`).map((name, at) =>
            textOf(name, `${where}.namespaces[${at}]`),
          ),
        }
      : {}),
  };
}

function absoluteOf(value: unknown, where: string): Absolute {
  const fields = fieldsOf(value, where, { required: ["from", "to"] });
  const from = instantOf(fields.get("from"), `${where}.from`);
  const to = instantOf(fields.get("to"), `${where}.to`);
  if (from >= to) throw new Error(`${where}: the end is not after the start.`);
  return { from, to };
}

function instantOf(value: unknown, where: string): number {
  const text = textOf(value, where);
  const at = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  // `Date.parse` takes 30 February for 2 March; the calendar day must survive the way there and back.
  const asWritten = new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`));
  if (
    Number.isNaN(at) ||
    Number.isNaN(asWritten.getTime()) ||
    asWritten.toISOString().slice(0, 10) !== text.slice(0, 10)
  )
    throw new Error(`${where}: "${text}" is not a moment. Write it with its offset, as 2026-12-01T22:00:00+01:00.`);
  return at;
}
