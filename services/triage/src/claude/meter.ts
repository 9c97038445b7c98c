import type { Analysis } from "@holdfast/schemas";
import type { Budget, Price } from "./models.ts";

export type Usage = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
};
/** `free` calls count in no budget. */
export type Call = { readonly name: string; readonly input: unknown; readonly free: boolean };

/** Counts what one investigation takes, and says when it has taken enough. Every answer is the rest of a sentence. */
export type Meter = {
  readonly took: (usage: Usage) => void;
  /** Counts calls that the model asks for. @returns why they end the investigation, if they do. */
  readonly asked: (
    calls: readonly Call[],
  ) => { readonly outcome: "stopped" | "over_budget"; readonly because: string } | undefined;
  /** Counts one call that is about to run. @returns false where none is left. */
  readonly mayRun: () => boolean;
  /** Why another request may not be sent. @param characters that it will hold beyond what was counted before. */
  readonly exceeds: (characters: number) => string | undefined;
  /** Counts the request that was asked about last at the most that it can have cost, because its answer was lost. */
  readonly lost: () => void;
  readonly cost: (milliseconds: number) => Analysis["cost"];
  /** What it costs at most if the answer to the request that was asked about last never comes. */
  readonly atMost: (milliseconds: number) => Analysis["cost"];
};

type Limits = {
  readonly allowance: Budget;
  readonly price: Price;
  readonly outputTokensPerTurn: number;
  readonly sameCallTimes: number;
};

/** Text of JSON has more than three characters a token. */
const CHARACTERS_PER_TOKEN = 3;

/** The most tokens that so long a text has. */
export function tokensIn(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

const NOTHING: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export function openMeter({ allowance, price, outputTokensPerTurn, sameCallTimes }: Limits): Meter {
  let used = NOTHING;
  /** Tokens of the conversation so far, which the next request repeats. */
  let context = 0;
  let isCached = false;
  let next = NOTHING;
  let run = 0;
  let wanted = 0;
  const seen = new Map<string, number>();
  const costOf = (usage: Usage, milliseconds: number): Analysis["cost"] => ({
    toolCalls: Math.min(run, allowance.toolCalls),
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheReadTokens: usage.cacheRead,
    cacheWriteTokens: usage.cacheWrite,
    microUsd: Math.ceil(microUsdOf(usage, price)),
    milliseconds: Math.max(0, Math.round(milliseconds)),
  });
  return {
    took: (usage) => {
      used = both(used, usage);
      context = tokensOf(usage);
      isCached = usage.cacheRead + usage.cacheWrite > 0;
      next = NOTHING;
    },
    lost: () => {
      used = both(used, next);
      next = NOTHING;
    },
    asked: (calls) => {
      const counted = calls.filter(({ free }) => !free).length;
      if (counted > 0 && wanted >= allowance.toolCalls)
        return { outcome: "over_budget", because: `all of its ${allowance.toolCalls} tool calls are used` };
      wanted += counted;
      for (const call of calls) {
        const key = keyOf(call);
        const times = (seen.get(key) ?? 0) + 1;
        seen.set(key, times);
        if (times >= sameCallTimes)
          return {
            outcome: "stopped",
            because: `it asked for the same call of ${call.name.slice(0, 64)} ${times} times`,
          };
      }
      return undefined;
    },
    mayRun: () => {
      run += 1;
      return run <= allowance.toolCalls;
    },
    exceeds: (characters) => {
      const fresh = tokensIn(characters);
      next = {
        input: isCached ? 0 : context,
        output: outputTokensPerTurn,
        cacheRead: isCached ? context : 0,
        cacheWrite: fresh,
      };
      const total = both(used, next);
      if (tokensOf(total) > allowance.tokens) return `another turn could exceed its ${allowance.tokens} tokens`;
      if (microUsdOf(total, price) > allowance.microUsd)
        return `another turn could exceed the ${dollars(allowance.microUsd)} that are left for it`;
      return undefined;
    },
    cost: (milliseconds) => costOf(used, milliseconds),
    atMost: (milliseconds) => costOf(both(used, next), milliseconds),
  };
}

function both(a: Usage, b: Usage): Usage {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
  };
}

function tokensOf({ input, output, cacheRead, cacheWrite }: Usage): number {
  return input + output + cacheRead + cacheWrite;
}

function microUsdOf({ input, output, cacheRead, cacheWrite }: Usage, price: Price): number {
  return input * price.input + output * price.output + cacheRead * price.cacheRead + cacheWrite * price.cacheWrite;
}

export function dollars(microUsd: number): string {
  return `$${(microUsd / 1e6).toFixed(2)}`;
}

function keyOf({ name, input }: Call): string {
  const sorted =
    typeof input === "object" && input !== null
      ? Object.entries(input).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : input;
  return JSON.stringify([name, sorted]);
}
