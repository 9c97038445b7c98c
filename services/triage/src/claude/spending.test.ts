import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Analysis } from "@holdfast/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openLedger, type Ledger } from "./ledger.ts";
import { openSpending, type Spending } from "./spending.ts";
import { aCase, CONCLUSION, FORGETFUL, LOGS, running, scripted } from "./testing.ts";

const HOUR = 3_600_000;
const limits = {
  perIncident: { toolCalls: 20, tokens: 200_000, microUsd: 500_000, milliseconds: 120_000 },
  perDay: { toolCalls: 100, tokens: 1_000_000, microUsd: 1_200_000, milliseconds: 3_600_000 },
};

function analysis(id: string, incident: string, microUsd: number, analyst: Analysis["analyst"] = "claude"): Analysis {
  const cost = {
    toolCalls: 4,
    inputTokens: 10,
    outputTokens: 20,
    cacheReadTokens: 30,
    cacheWriteTokens: 40,
    microUsd,
    milliseconds: 1_000,
  };
  return {
    id,
    incident,
    analyst,
    outcome: "found",
    summary: "",
    hypotheses: [],
    evidence: [],
    findings: [],
    proposals: [],
    model: null,
    promptDigest: null,
    cost,
    at: 0,
  };
}

function left(spending: Spending, incident: string): number {
  const { allowance, settle } = spending.reserve(incident);
  settle({ toolCalls: 0, tokens: 0, microUsd: 0, milliseconds: 0 });
  return allowance.microUsd;
}

describe("what is left", () => {
  test("of an incident is what its published analyses have not taken, in every measure", () => {
    const spending = openSpending(limits, () => 0, FORGETFUL);
    spending.fold(analysis("a1", "i1", 200_000), 0);
    spending.fold(analysis("a2", "i1", 100_000), 0);
    expect(spending.reserve("i1").allowance).toEqual({
      toolCalls: 12,
      tokens: 199_800,
      microUsd: 200_000,
      milliseconds: 118_000,
    });
  });

  test("of the day is shared by all incidents, comes back after a day, and is never negative", () => {
    let now = 0;
    const spending = openSpending(limits, () => now, FORGETFUL);
    for (const id of ["1", "2", "3"]) spending.fold(analysis(`a${id}`, `i${id}`, 450_000), 0);
    expect(left(spending, "i9")).toBe(0);
    now = 25 * HOUR;
    expect(left(spending, "i9")).toBe(500_000);
    expect(left(spending, "i1")).toBe(50_000);
  });

  test("of the day is so in calls, tokens and time as well, and says what is spent of what bounds it", () => {
    const perDay = { toolCalls: 30, tokens: 150_000, microUsd: 1_200_000, milliseconds: 121_000 };
    const spending = openSpending({ ...limits, perDay }, () => 0, FORGETFUL);
    const { allowance, day } = spending.reserve("i1");
    expect(allowance).toEqual({ toolCalls: 20, tokens: 150_000, microUsd: 500_000, milliseconds: 120_000 });
    expect(day).toBe("of the day's budget for all incidents 0 of 150000 tokens are used");
    const { allowance: second } = spending.reserve("i2");
    expect(second).toEqual({ toolCalls: 10, tokens: 0, microUsd: 500_000, milliseconds: 1_000 });
    spending.reserve("i3");
    expect(spending.reserve("i4").day).toBe("of the day's budget for all incidents $1.20 of $1.20 are spent");
    expect(openSpending(limits, () => 0, FORGETFUL).reserve("i1").day).toBeUndefined();
  });

  test("is the same after a restart, however often and in whatever order the topic is read", () => {
    const events = [analysis("a1", "i1", 200_000), analysis("a2", "i2", 300_000), analysis("a1", "i1", 200_000)];
    const [before, after] = [openSpending(limits, () => 0, FORGETFUL), openSpending(limits, () => 0, FORGETFUL)];
    for (const event of events) before.fold(event, 0);
    for (const event of events.toReversed()) after.fold(event, 0);
    expect([left(after, "i1"), left(after, "i9")]).toEqual([left(before, "i1"), left(before, "i9")]);
    expect(left(after, "i1")).toBe(300_000);
  });

  test("counts what runs now, so that two at once cannot spend the same", () => {
    const spending = openSpending(limits, () => 0, FORGETFUL);
    const first = spending.reserve("i1");
    spending.reserve("i2");
    expect(spending.reserve("i3").allowance.microUsd).toBe(200_000);
    first.settle({ toolCalls: 1, tokens: 1, microUsd: 100_000, milliseconds: 1 });
    expect(left(spending, "i4")).toBe(400_000);
  });

  test("counts what is spent and not yet published once, and not twice when it is", () => {
    const spending = openSpending(limits, () => 0, FORGETFUL);
    spending.reserve("i1").settle({ toolCalls: 4, tokens: 100, microUsd: 300_000, milliseconds: 1_000 });
    const { allowance } = spending.reserve("i1");
    expect(allowance.microUsd).toBe(200_000);
    const again = openSpending(limits, () => 0, FORGETFUL);
    again.reserve("i1").settle({ toolCalls: 4, tokens: 100, microUsd: 300_000, milliseconds: 1_000 });
    again.fold(analysis("a1", "i1", 300_000), 0);
    expect(again.reserve("i1").allowance.microUsd).toBe(200_000);
  });

  test("is not touched by the signatures, which cost nothing", () => {
    const spending = openSpending(limits, () => 0, FORGETFUL);
    spending.fold(analysis("a1", "i1", 0, "signatures"), 0);
    expect(spending.reserve("i1").allowance).toEqual(limits.perIncident);
  });
});

describe("a run that a crash ends", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "holdfast-spending-")), "triage", "spending.json");
  });
  afterEach(() => rmSync(dirname(dirname(file)), { recursive: true }));
  const opened = (): Spending => openSpending(limits, () => 0, openLedger(file));
  const atMost = { toolCalls: 2, tokens: 5_000, microUsd: 150_000, milliseconds: 3_000 };

  test("counts after the restart at the most that it can have taken, however often it happens", () => {
    opened().reserve("i1").note(atMost);
    expect(left(opened(), "i1")).toBe(350_000);
    for (const _ of [1, 2]) opened().reserve("i1").note(atMost);
    expect(left(opened(), "i1")).toBe(50_000);
    for (const name of ["i2", "i3", "i4", "i5"])
      opened()
        .reserve(name)
        .note({ ...atMost, microUsd: 180_000 });
    expect(left(opened(), "i9")).toBe(30_000);
  });

  test("is not settled by the analysis of a later run", () => {
    opened().reserve("i1").note(atMost);
    const again = opened();
    again.reserve("i1").settle({ toolCalls: 4, tokens: 100, microUsd: 100_000, milliseconds: 1_000 });
    again.fold(analysis("a1", "i1", 100_000), 0);
    const restarted = opened();
    restarted.fold(analysis("a1", "i1", 100_000), 0);
    expect(left(restarted, "i1")).toBe(250_000);
  });

  test("after its analysis was published is counted once", () => {
    opened().reserve("i1").settle({ toolCalls: 4, tokens: 100, microUsd: 100_000, milliseconds: 1_000 });
    const restarted = opened();
    restarted.fold(analysis("a1", "i1", 100_000), 0);
    expect(left(restarted, "i1")).toBe(400_000);
  });

  test("where nobody can tell what was spent, no budget is opened", () => {
    opened().reserve("i1").note(atMost);
    writeFileSync(file, "{");
    expect(opened).toThrow(/does not say what runs of the model have spent/);
  });

  test("was written down before its first request was sent", async () => {
    let sent: () => number = () => 0;
    const written: { readonly requests: number; readonly microUsd: number }[] = [];
    const ledger: Ledger = {
      read: () => [],
      write: (runs) => void written.push({ requests: sent(), microUsd: runs[0]?.microUsd ?? 0 }),
    };
    const spending = openSpending(limits, () => 0, ledger);
    await using run = await scripted([{ calls: [LOGS] }, { calls: [CONCLUSION] }], { spending });
    sent = () => run.server.bodies.length;
    await run.analyst.analyse(aCase(), running());
    expect(written.map(({ requests }) => requests)).toEqual([0, 1, 2]);
    const [before, again, settled] = written.map(({ microUsd }) => microUsd);
    expect(before).toBeGreaterThan(0);
    expect(again).toBeGreaterThan(settled ?? Infinity);
  });
});

test("what an investigation may still take is reserved, and only what it took is spent", () => {
  const spending = openSpending(limits, () => 0, FORGETFUL);
  const { allowance, settle } = spending.reserve("i1");
  const microUsd = (): readonly number[] => [spending.today().spent.microUsd, spending.today().reserved.microUsd];
  expect(microUsd()).toEqual([0, allowance.microUsd]);
  settle({ toolCalls: 4, tokens: 100, microUsd: 100_000, milliseconds: 1_000 });
  expect(microUsd()).toEqual([100_000, 0]);
});
