import { parse } from "yaml";
import { z } from "zod";

const Price = z.strictObject({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
});
const whole = z.int().positive();
const Limits = z.strictObject({ toolCalls: whole, tokens: whole, usd: z.number().positive(), seconds: whole });
const File = z.strictObject({
  models: z.record(z.string().min(1), Price).refine((rows) => Object.keys(rows).length > 0, "needs at least one model"),
  perIncident: Limits,
  perDay: Limits,
  outputTokensPerTurn: whole,
  sameCallTimes: z.int().min(2),
  drafts: whole,
});

/** USD for a million tokens, which is micro-USD for one. */
export type Price = Readonly<z.infer<typeof Price>>;

export type Budget = {
  readonly toolCalls: number;
  readonly tokens: number;
  readonly microUsd: number;
  readonly milliseconds: number;
};

export type Models = {
  /** A model that nobody has priced counts at the dearest. */
  readonly priceOf: (model: string) => Price;
  readonly perIncident: Budget;
  /** Of all incidents of the last 24 hours together. */
  readonly perDay: Budget;
  readonly outputTokensPerTurn: number;
  readonly sameCallTimes: number;
  readonly drafts: number;
};

/** @param name of the file, for the sentence of a refusal. */
export function openModels(text: string, name = "config/models.yaml"): Models {
  const parsed = File.safeParse(parse(text));
  if (!parsed.success) throw new Error(`${name} cannot be used: ${z.prettifyError(parsed.error)}`);
  const { models, perIncident, perDay, ...limits } = parsed.data;
  return {
    ...limits,
    priceOf: (model) => models[model] ?? models[model.replace(/-\d{8}$/, "")] ?? dearest(Object.values(models)),
    perIncident: budgetOf(perIncident),
    perDay: budgetOf(perDay),
  };
}

function budgetOf({ toolCalls, tokens, usd, seconds }: z.infer<typeof Limits>): Budget {
  return { toolCalls, tokens, microUsd: usd * 1e6, milliseconds: seconds * 1000 };
}

function dearest(rows: readonly Price[]): Price {
  const most = (column: keyof Price): number => Math.max(...rows.map((row) => row[column]));
  return { input: most("input"), output: most("output"), cacheWrite: most("cacheWrite"), cacheRead: most("cacheRead") };
}
