import type { Analysis } from "@holdfast/schemas";
import type { Budget, Models } from "./models.ts";

type Spent = Budget & { readonly incident: string; readonly at: number };

/** What one investigation may take, and where it gives back what it did not. */
export type Grant = { readonly allowance: Budget; readonly settle: (took: Budget) => void };

/** What was spent, as the topic `analyses` says; what runs now, or has not been published yet, counts as well. */
export type Spending = {
  readonly fold: (analysis: Analysis, time: number) => void;
  /** Reserves what is left of the incident's and of the day's budget. */
  readonly reserve: (incident: string) => Grant;
};

const DAY_MS = 86_400_000;
const KEPT_MS = 7 * DAY_MS;
const KEPT_MAX = 50_000;

export function openSpending(
  { perIncident, microUsdPerDay }: Pick<Models, "perIncident" | "microUsdPerDay">,
  now: () => number,
): Spending {
  const published = new Map<string, Spent>();
  const pending = new Set<Spent>();
  const all = (): readonly Spent[] => [...published.values(), ...pending];
  const left = (incident: string): Budget => {
    const own = all().filter((one) => one.incident === incident);
    const today = all().filter(({ at }) => at > now() - DAY_MS);
    const ofIncident = (part: keyof Budget): number => Math.max(0, perIncident[part] - sum(own, part));
    const microUsd = Math.min(ofIncident("microUsd"), Math.max(0, microUsdPerDay - sum(today, "microUsd")));
    return {
      toolCalls: ofIncident("toolCalls"),
      tokens: ofIncident("tokens"),
      microUsd,
      milliseconds: ofIncident("milliseconds"),
    };
  };
  return {
    fold: (analysis, time) => {
      if (analysis.analyst !== "claude" || published.has(analysis.id)) return;
      published.set(analysis.id, { ...spentOf(analysis), incident: analysis.incident, at: time });
      for (const [id, { at }] of published) {
        if (at >= now() - KEPT_MS && published.size <= KEPT_MAX) break;
        published.delete(id);
      }
      const [settled] = [...pending].filter((one) => one.incident === analysis.incident);
      if (settled !== undefined) pending.delete(settled);
    },
    reserve: (incident) => {
      for (const one of pending) if (one.at < now() - KEPT_MS) pending.delete(one);
      const allowance = left(incident);
      let held: Spent = { ...allowance, incident, at: now() };
      pending.add(held);
      const settle = (took: Budget): void => {
        if (!pending.delete(held)) return;
        held = { ...took, incident, at: now() };
        pending.add(held);
      };
      return { allowance, settle };
    },
  };
}

function spentOf({ cost }: Analysis): Budget {
  return {
    toolCalls: cost.toolCalls,
    tokens: cost.inputTokens + cost.outputTokens + cost.cacheReadTokens + cost.cacheWriteTokens,
    microUsd: cost.microUsd,
    milliseconds: cost.milliseconds,
  };
}

function sum(spent: readonly Spent[], part: keyof Budget): number {
  return spent.reduce((total, one) => total + one[part], 0);
}
