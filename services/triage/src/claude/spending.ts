import type { Analysis } from "@holdfast/schemas";
import type { Ledger } from "./ledger.ts";
import { dollars } from "./meter.ts";
import type { Budget, Models } from "./models.ts";

type Spent = Budget & { readonly incident: string; readonly at: number };

/** A run that no analysis tells of yet. */
type Pending = {
  /** What this process counts: of a run that goes on, all that it may take. */
  counted: Spent;
  /** What the next process would count: the most that it can have taken so far. */
  written: Spent;
  /** Of a process before this one, so that only its very own analysis settles it. */
  readonly earlier: boolean;
};

/** What one investigation may take, and where it gives back what it did not. */
export type Grant = {
  readonly allowance: Budget;
  /** What is spent of the day's budget, where that is what bounds it. The rest of a sentence. */
  readonly day: string | undefined;
  /** The most that it can have taken once its next request is sent, written down before that is. */
  readonly note: (atMost: Budget) => void;
  readonly settle: (took: Budget) => void;
};

/**
 * What was spent, as the topic `analyses` says; what runs now, or has not been published yet, counts as well, and what a process
 * before this one had begun when it died.
 */
export type Spending = {
  readonly fold: (analysis: Analysis, time: number) => void;
  /** Reserves what is left of the incident's and of the day's budget. */
  readonly reserve: (incident: string) => Grant;
  /** What the last 24 hours took at the most so far, what is kept for investigations that run now, and what all may take. */
  readonly today: () => { readonly spent: Budget; readonly reserved: Budget; readonly budget: Budget };
};

const DAY_MS = 86_400_000;
const KEPT_MS = 7 * DAY_MS;
const KEPT_MAX = 50_000;

export function openSpending(
  { perIncident, perDay }: Pick<Models, "perIncident" | "perDay">,
  now: () => number,
  ledger: Ledger,
): Spending {
  const published = new Map<string, Spent>();
  const pending = new Set<Pending>(ledger.read().map((run) => ({ counted: run, written: run, earlier: true })));
  const write = (): void => ledger.write([...pending].map(({ written }) => written));
  const everything = (): readonly Spent[] => [...published.values(), ...[...pending].map(({ counted }) => counted)];
  const isOfToday = ({ at }: Spent): boolean => at > now() - DAY_MS;
  const left = (incident: string): Pick<Grant, "allowance" | "day"> => {
    const ofIncident = rest(perIncident, total(everything().filter((one) => one.incident === incident)));
    const today = total(everything().filter(isOfToday));
    const ofDay = rest(perDay, today);
    const short = MEASURES.find((measure) => ofDay[measure] < ofIncident[measure]);
    return {
      allowance: each((measure) => Math.min(ofIncident[measure], ofDay[measure])),
      day: short && `of the day's budget for all incidents ${SAYS[short](today[short], perDay[short])}`,
    };
  };
  return {
    today: () => {
      const gone = [...published.values(), ...[...pending].map(({ written }) => written)];
      const spent = total(gone.filter(isOfToday));
      return { spent, reserved: rest(total(everything().filter(isOfToday)), spent), budget: perDay };
    },
    fold: (analysis, time) => {
      if (analysis.analyst !== "claude" || published.has(analysis.id)) return;
      const took = spentOf(analysis);
      published.set(analysis.id, { ...took, incident: analysis.incident, at: time });
      for (const [id, { at }] of published) {
        if (at >= now() - KEPT_MS && published.size <= KEPT_MAX) break;
        published.delete(id);
      }
      const its = [...pending].filter(({ counted }) => counted.incident === analysis.incident);
      const settled = its.find(({ written }) => isSame(written, took)) ?? its.find(({ earlier }) => !earlier);
      if (settled !== undefined && pending.delete(settled)) write();
    },
    reserve: (incident) => {
      for (const one of pending) if (one.counted.at < now() - KEPT_MS) pending.delete(one);
      const { allowance, day } = left(incident);
      const spent = (took: Budget): Spent => ({ ...took, incident, at: now() });
      const run: Pending = { counted: spent(allowance), written: spent(NOTHING), earlier: false };
      pending.add(run);
      const note = (atMost: Budget): void => {
        run.written = spent(atMost);
        write();
      };
      const settle = (took: Budget): void => {
        run.counted = spent(took);
        note(took);
      };
      return { allowance, day, note, settle };
    },
  };
}

function isSame(one: Budget, other: Budget): boolean {
  return MEASURES.every((measure) => one[measure] === other[measure]);
}

function spentOf({ cost }: Analysis): Budget {
  return {
    toolCalls: cost.toolCalls,
    tokens: cost.inputTokens + cost.outputTokens + cost.cacheReadTokens + cost.cacheWriteTokens,
    microUsd: cost.microUsd,
    milliseconds: cost.milliseconds,
  };
}

const MEASURES = ["microUsd", "toolCalls", "tokens", "milliseconds"] as const satisfies readonly (keyof Budget)[];

const SAYS: Readonly<Record<keyof Budget, (spent: number, budget: number) => string>> = {
  microUsd: (spent, budget) => `${dollars(spent)} of ${dollars(budget)} are spent`,
  toolCalls: (spent, budget) => `${spent} of ${budget} tool calls are used`,
  tokens: (spent, budget) => `${spent} of ${budget} tokens are used`,
  milliseconds: (spent, budget) => `${Math.ceil(spent / 1000)} of ${budget / 1000} s are used`,
};

const NOTHING: Budget = each(() => 0);

function each(of: (measure: keyof Budget) => number): Budget {
  return {
    toolCalls: of("toolCalls"),
    tokens: of("tokens"),
    microUsd: of("microUsd"),
    milliseconds: of("milliseconds"),
  };
}

function total(spent: readonly Spent[]): Budget {
  return each((measure) => spent.reduce((sum, one) => sum + one[measure], 0));
}

function rest(budget: Budget, spent: Budget): Budget {
  return each((measure) => Math.max(0, budget[measure] - spent[measure]));
}
