import { describe, expect, test } from "vitest";
import type { Turn } from "./scripted-server.ts";
import { aCase, CONCLUSION, LOGS, models, running, scripted } from "./testing.ts";

const concludes: Turn = { calls: [CONCLUSION] };
const reads = (lines: number): Turn => ({ calls: [{ ...LOGS, input: { ...LOGS.input, lines } }] });
const stands = "The signatures' answer stands.";

describe("a budget", () => {
  test("of calls: the call beyond it is not run, the model is told to conclude, and may", async () => {
    await using run = await scripted(
      [{ calls: [1, 2, 3].map((lines) => ({ ...LOGS, input: { ...LOGS.input, lines } })) }, concludes],
      { models: { perIncident: { ...models.perIncident, toolCalls: 2 } } },
    );
    const { outcome, cost } = await run.analyst.analyse(aCase(), running());
    expect(run.server.texts[1]).toContain("No calls are left. Conclude now");
    expect([outcome, cost.toolCalls]).toEqual(["found", 2]);
  });

  test("of calls: a model that goes on asking has no analysis, and people are told why", async () => {
    await using run = await scripted((_, index) => reads(index + 1), {
      models: { perIncident: { ...models.perIncident, toolCalls: 3 } },
    });
    const { outcome, summary, cost } = await run.analyst.analyse(aCase(), running());
    expect([outcome, cost.toolCalls, run.server.bodies.length]).toEqual(["over_budget", 3, 4]);
    expect(summary).toBe(`claude-sonnet-5-5 gave no analysis: all of its 3 tool calls are used. ${stands}`);
  });

  test("of tokens: no request is sent that could exceed it", async () => {
    await using run = await scripted((_, index) => ({ ...reads(index + 1), usage: { input_tokens: 30_000 } }), {
      models: { perIncident: { ...models.perIncident, tokens: 100_000 } },
    });
    const { outcome, cost, summary } = await run.analyst.analyse(aCase(), running());
    expect(outcome).toBe("over_budget");
    expect(summary).toContain("100000 tokens");
    expect(cost.inputTokens + cost.outputTokens + cost.cacheReadTokens + cost.cacheWriteTokens).toBeLessThanOrEqual(
      100_000,
    );
    expect(run.server.bodies.length).toBeGreaterThan(0);
  });

  test("of money: what an answer could cost is counted before it is asked for", async () => {
    await using run = await scripted((_, index) => ({ ...reads(index + 1), usage: { input_tokens: 10_000 } }), {
      models: { perIncident: { ...models.perIncident, microUsd: 150_000 } },
    });
    const { outcome, cost, summary } = await run.analyst.analyse(aCase(), running());
    expect([outcome, summary.includes("$0.15")]).toEqual(["over_budget", true]);
    expect(cost.microUsd).toBeLessThanOrEqual(150_000);
    expect(run.server.bodies.length).toBeGreaterThan(1);
  });

  test("of money: the day's is shared by all incidents, and with too little of it left nothing is sent", async () => {
    await using run = await scripted([{ ...concludes, usage: { output_tokens: 8_000 } }], {
      models: { perDay: { ...models.perDay, microUsd: 120_000 } },
    });
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "found" });
    const { incident } = aCase();
    const another = await run.analyst.analyse(aCase({ incident: { ...incident, id: "another" } }), running());
    expect(another).toMatchObject({ outcome: "over_budget", cost: { microUsd: 0 }, drafts: [] });
    expect(another.summary).toMatch(
      /^claude-sonnet-5-5 gave no analysis: another turn could exceed the \$0\.0\d that are left for it; of the day's budget for all incidents \$0\.\d\d of \$0\.12 are spent\. The signatures' answer stands\.$/,
    );
    expect(run.server.bodies).toHaveLength(1);
  });

  test("of time: a conversation that has begun ends when its time is over", async () => {
    await using run = await scripted([reads(1), { silent: true }], {
      models: { perIncident: { ...models.perIncident, milliseconds: 4_000 } },
    });
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({
      outcome: "over_budget",
      summary: `claude-sonnet-5-5 gave no analysis: its 4 s are over. ${stands}`,
    });
  });

  test.each([
    ["toolCalls", 1, /no tool calls are left for it; .* 1 of 1 tool calls are used/],
    ["tokens", 30_000, /could exceed its \d+ tokens; .* 2\d{4} of 30000 tokens are used/],
    ["milliseconds", 1_000, /its time is used up; .* \d+ of 1 s are used/],
  ] as const)("of %s is the day's as well, for all incidents", async (measure, budget, says) => {
    let time = 0;
    const usage = {
      input_tokens: 12_000,
      output_tokens: 10,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    };
    await using run = await scripted(
      [
        { calls: [LOGS], usage },
        { ...concludes, usage },
      ],
      {
        now: () => (time += 1_000),
        models: { perDay: { ...models.perDay, [measure]: budget }, outputTokensPerTurn: 500 },
      },
    );
    await run.analyst.analyse(aCase(), running());
    const sent = run.server.bodies.length;
    const { incident } = aCase();
    const next = await run.analyst.analyse(aCase({ incident: { ...incident, id: "another" } }), running());
    expect(next).toMatchObject({ outcome: "over_budget", cost: { microUsd: 0 } });
    expect(next.summary).toMatch(says);
    expect(run.server.bodies).toHaveLength(sent);
  });

  test("of drafts: one more is refused, and the run goes on", async () => {
    const propose = (pod: string) => ({
      name: "propose_delete_pod",
      input: { arguments: { namespace: "shop", pod }, because: "It hangs.", confidence: 50, evidence: ["e1"] },
    });
    await using run = await scripted([{ calls: ["a", "b", "c", "d"].map(propose) }, concludes]);
    const { drafts } = await run.analyst.analyse(aCase(), running());
    expect(drafts.map(({ target }) => target.name)).toEqual(["a", "b", "c"]);
    expect(run.server.texts[1]).toContain("no more are taken");
  });
});

describe("a loop", () => {
  test("of the same call ends the run at the third, whatever the order of its arguments", async () => {
    const swapped = { ...LOGS, input: Object.fromEntries(Object.entries(LOGS.input).toReversed()) };
    await using run = await scripted([{ calls: [LOGS] }, { calls: [swapped] }, { calls: [LOGS] }]);
    const { outcome, summary, cost } = await run.analyst.analyse(aCase(), running());
    expect([outcome, cost.toolCalls]).toEqual(["stopped", 2]);
    expect(summary).toContain("it asked for the same call of read_logs 3 times");
  });

  test("of a call that always fails is a loop too", async () => {
    await using run = await scripted(() => ({ calls: [{ name: "read_logs", input: {} }] }));
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "stopped" });
    expect(run.server.bodies).toHaveLength(3);
  });
});

describe("a model that", () => {
  test("refuses has refused: what it had drafted is not proposed", async () => {
    const propose = {
      name: "propose_delete_pod",
      input: { arguments: { namespace: "shop", pod: "web-1" }, because: "It hangs.", confidence: 50, evidence: ["e1"] },
    };
    await using run = await scripted([{ calls: [propose] }, { stop: "refusal" }]);
    const { outcome, drafts, summary } = await run.analyst.analyse(aCase(), running());
    expect([outcome, drafts]).toEqual(["refused", []]);
    expect(summary).toBe(
      `claude-sonnet-5-5 gave no analysis: it declined to go on. ${stands} What it had drafted is not proposed, because its investigation was not finished.`,
    );
  });

  test.each([
    [{ says: "All is well." }, "it ended without a conclusion"],
    [{ says: "I think", stop: "max_tokens" }, "longer than a turn may be"],
    [{ says: "I", stop: "model_context_window_exceeded" }, "longer than it can read"],
    [{ says: "I", stop: "something_new" }, "without a conclusion"],
  ])("stops early is stopped: %j", async (turn, says) => {
    await using run = await scripted([turn]);
    const { outcome, summary } = await run.analyst.analyse(aCase(), running());
    expect([outcome, summary.includes(says)]).toEqual(["stopped", true]);
  });

  test("concludes nothing has found nothing", async () => {
    await using run = await scripted([
      { calls: [{ name: "conclude", input: { summary: "Not known.", hypotheses: [] } }] },
    ]);
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({
      outcome: "nothing",
      summary: "Not known.",
      drafts: [],
    });
  });

  test("cites what it was never shown: that is dropped, counted and marked", async () => {
    const hypotheses = [
      { cause: "a leak", confidence: 70, evidence: ["e1", "e99"] },
      { cause: "the moon", confidence: 20, evidence: ["e98"] },
    ];
    await using run = await scripted([{ calls: [{ name: "conclude", input: { summary: "A leak.", hypotheses } }] }]);
    const opinion = await run.analyst.analyse(aCase(), running());
    expect(opinion.hypotheses).toEqual([
      { cause: "a leak", confidence: 70, evidence: ["e1"] },
      { cause: "Without evidence: the moon", confidence: 20, evidence: [] },
    ]);
    expect(opinion.summary).toBe("A leak. (Holdfast: 2 citations of evidence that it was never shown were dropped.)");
    expect(opinion.evidence.map(({ id }) => id)).toEqual(["e1"]);
  });

  test("concludes in the wrong shape is told so, and may do better", async () => {
    await using run = await scripted([{ calls: [{ name: "conclude", input: { summary: "x" } }] }, concludes]);
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "found" });
    expect(run.server.texts[1]).toContain('"is_error":true');
  });
});

describe("a provider that", () => {
  test("limits the rate is asked again when it says so", async () => {
    await using run = await scripted([{ status: 429, retryAfter: 1 }, concludes]);
    const started = performance.now();
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "found" });
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test.each([
    [{ status: 429 }, "it limits the rate of requests (429)", 3],
    [{ status: 529 }, "it is overloaded (529)", 3],
    [{ status: 500 }, "it answered 500", 3],
    [{ status: 401 }, "it refused the key (401); check ANTHROPIC_API_KEY", 1],
    [{ status: 404 }, "it knows no such model (404); check HOLDFAST_MODEL", 1],
    [{ status: 400 }, "it answered 400", 1],
    [{ cut: true }, "its answer was cut off", 1],
    [{ raw: '{"type":"message","content":[{"ty' }, "its answer was cut off", 1],
    [{ raw: '{"hello":"world"}' }, "its answer was no message", 1],
  ] satisfies readonly [Turn, string, number][])(
    "always says %j is down, and people are told so",
    async (turn, because, requests) => {
      await using run = await scripted(() => turn);
      const { outcome, summary, drafts } = await run.analyst.analyse(aCase(), running());
      expect([outcome, summary, drafts]).toEqual([
        "provider_down",
        `claude-sonnet-5-5 gave no analysis: ${because}. ${stands}`,
        [],
      ]);
      expect(run.server.bodies).toHaveLength(requests);
    },
  );

  test("loses its answer is counted at the most that it can have cost", async () => {
    await using lost = await scripted([{ cut: true }]);
    await using refused = await scripted([{ status: 401 }]);
    const [cut, none] = [
      await lost.analyst.analyse(aCase(), running()),
      await refused.analyst.analyse(aCase(), running()),
    ];
    expect(cut.cost.outputTokens).toBe(models.outputTokensPerTurn);
    expect(cut.cost.microUsd).toBeGreaterThan(models.outputTokensPerTurn * models.priceOf("claude-sonnet-5-5").output);
    expect(none.cost.microUsd).toBe(0);
  });

  test("never answers is down", async () => {
    await using run = await scripted([{ silent: true }], {
      models: { perIncident: { ...models.perIncident, milliseconds: 300 } },
    });
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({
      outcome: "provider_down",
      summary: `claude-sonnet-5-5 gave no analysis: it did not answer within 0.3 s. ${stands}`,
    });
  });

  test("is not there is down", async () => {
    await using run = await scripted([], { provider: { apiKey: "k", baseUrl: "http://127.0.0.1:9" } });
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "provider_down" });
  });

  test("sends elsewhere is not followed: the key goes to nobody else", async () => {
    await using other = await scripted([concludes]);
    const { createServer } = await import("node:http");
    const redirect = createServer(
      (_, response) => void response.writeHead(307, { location: `${other.server.url}/v1/messages` }).end(),
    );
    await new Promise<void>((resolve) => redirect.listen(0, "127.0.0.1", resolve));
    const address = redirect.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await using run = await scripted([], { provider: { apiKey: "k", baseUrl: `http://127.0.0.1:${port}` } });
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "provider_down" });
    expect(other.server.headers).toEqual([]);
    redirect.closeAllConnections();
    redirect.close();
  });

  test("has failed three times in a row is left alone for a minute, and then asked again", async () => {
    let time = 0;
    await using run = await scripted((_, index) => (index < 3 ? { cut: true } : concludes), { now: () => time });
    for (let failure = 0; failure < 3; failure += 1) await run.analyst.analyse(aCase(), running());
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "provider_down" });
    expect(run.server.bodies).toHaveLength(3);
    time = 61_000;
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "found" });
  });
});

test("only a stop makes it throw, with the reason of the stop", async () => {
  await using run = await scripted([{ silent: true }]);
  const stop = new AbortController();
  const analysis = run.analyst.analyse(aCase(), stop.signal);
  stop.abort(new Error("this member is no longer active"));
  await expect(analysis).rejects.toThrow("this member is no longer active");
});
