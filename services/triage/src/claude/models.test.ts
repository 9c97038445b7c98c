import { expect, test } from "vitest";
import { openModels } from "./models.ts";
import { models } from "./testing.ts";

test("a model that nobody has priced counts at the dearest, and a dated one as its family", () => {
  expect(models.priceOf("claude-sonnet-5-5")).toEqual({ input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 });
  expect(models.priceOf("claude-sonnet-5-5-20261001")).toEqual(models.priceOf("claude-sonnet-5-5"));
  expect(models.priceOf("gpt-9")).toEqual({ input: 10, output: 50, cacheWrite: 12.5, cacheRead: 1 });
});

test("the budgets are those that the project promises", () => {
  expect(models.perIncident).toEqual({ toolCalls: 20, tokens: 200_000, microUsd: 500_000, milliseconds: 120_000 });
  expect(models.perDay).toEqual({
    toolCalls: 1_000,
    tokens: 10_000_000,
    microUsd: 5_000_000,
    milliseconds: 7_200_000,
  });
  expect(models.sameCallTimes).toBe(3);
});

test.each(["", "models: {}", "models: { a: { input: -1, output: 1, cacheWrite: 1, cacheRead: 1 } }"])(
  "a file that says nothing, or nonsense, stops the start with a sentence: %j",
  (text) => {
    expect(() => openModels(text, "config/models.yaml")).toThrow(/^config\/models\.yaml cannot be used: /);
  },
);
