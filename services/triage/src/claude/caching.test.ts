import { describe, expect, test } from "vitest";
import type { Case } from "../analyst.ts";
import { anAlert } from "../testing.ts";
import type { Turn } from "./scripted-server.ts";
import { aCase, CONCLUSION, LOGS, models, running, scripted } from "./testing.ts";

const concludes: Turn = { calls: [CONCLUSION] };

function another(): Case {
  const { incident } = aCase();
  const target = { cluster: "sandbox", namespace: "payments", kind: "StatefulSet", name: "db", uid: null };
  return aCase({
    incident: { ...incident, id: "another", openedAt: 1, target },
    target,
    alerts: [anAlert({ alertname: "KubeStatefulSetReplicasMismatch", statefulset: "db" }, { minute: 7 })],
    findings: [
      {
        signature: "statefulset-stuck",
        order: 1,
        subject: target,
        says: "It is stuck.",
        rank: "other",
        explains: [],
        confidence: 50,
        remedy: undefined,
        evidence: [],
      },
    ],
  });
}

/** A request as it was sent, up to where the case begins. */
function prefixOf(text: string | undefined): string {
  const [prefix = "", ...rest] = (text ?? "").split('{\\"incident\\":');
  expect(rest).toHaveLength(1);
  return prefix;
}

describe("the beginning of a request", () => {
  test("is the same to the byte for every incident, in every process: system, tools in their order, and the marks", async () => {
    await using first = await scripted([concludes]);
    await using second = await scripted([concludes]);
    await first.analyst.analyse(aCase(), running());
    await second.analyst.analyse(another(), running());
    const [one, two] = [prefixOf(first.server.texts[0]), prefixOf(second.server.texts[0])];
    expect(two).toBe(one);
    const { system, tools, cache_control: mark } = first.server.bodies[0] ?? {};
    for (const part of [system, tools]) expect(one).toContain(JSON.stringify(part));
    expect(tools?.length).toBeGreaterThan(10);
    expect(JSON.stringify(system)).toContain('"cache_control":{"type":"ephemeral"}');
    expect(mark).toEqual({ type: "ephemeral" });
  });

  test("is read from the cache by the next incident, and each turn reads the turn before it", async () => {
    await using run = await scripted([concludes, { calls: [LOGS] }, concludes]);
    const cold = (await run.analyst.analyse(aCase(), running())).cost;
    const warm = (await run.analyst.analyse(another(), running())).cost;
    const head = JSON.stringify([run.server.bodies[0]?.tools, run.server.bodies[0]?.system]).length / 4;
    expect(cold.cacheReadTokens).toBe(0);
    expect(cold.cacheWriteTokens).toBeGreaterThan(head);
    // both of its requests read the head, and the second the case as well
    expect(warm.cacheReadTokens).toBeGreaterThan(2 * Math.floor(head));
    expect(warm.cacheWriteTokens).toBeLessThan(head);
  });
});

test("what is read from the cache and what is written to it is counted and priced apart", async () => {
  const usage = {
    input_tokens: 100,
    output_tokens: 50,
    cache_read_input_tokens: 10_000,
    cache_creation_input_tokens: 2_000,
  };
  await using run = await scripted([
    { calls: [LOGS], usage },
    { ...concludes, usage },
  ]);
  const { cost } = await run.analyst.analyse(aCase(), running());
  const price = models.priceOf("claude-sonnet-5-5");
  expect(new Set(Object.values(price)).size, "four prices that differ").toBe(4);
  expect(cost).toMatchObject({
    inputTokens: 200,
    outputTokens: 100,
    cacheReadTokens: 20_000,
    cacheWriteTokens: 4_000,
    microUsd: 200 * price.input + 100 * price.output + 20_000 * price.cacheRead + 4_000 * price.cacheWrite,
  });
});
