import { readFileSync } from "node:fs";
import { openEmbedded } from "@holdfast/bus/embedded";
import { expect, test } from "vitest";
import type { Analyst, Opinion } from "./analyst.ts";
import { openModels } from "./claude/models.ts";
import { openSpending } from "./claude/spending.ts";
import { FORGETFUL } from "./claude/testing.ts";
import { decide } from "./incidents.ts";
import { investigate } from "./investigate.ts";
import { openRedactor } from "@holdfast/redact";
import { openState } from "./state.ts";
import { aFolder, anAlert, busOptions, CLUSTER, eventually, recorded, targets } from "./testing.ts";
import { factsOf } from "./testing-facts.ts";

const models = openModels(readFileSync(new URL("../../../config/models.yaml", import.meta.url), "utf8"));

function opinion(model: string | null): Opinion {
  const cost = {
    toolCalls: 2,
    inputTokens: 10,
    outputTokens: 20,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    microUsd: 120_000,
    milliseconds: 900,
  };
  const target = { cluster: CLUSTER, namespace: "payments", kind: "Pod", name: "api-1", uid: null };
  return {
    outcome: "found",
    summary: "It crashes.",
    hypotheses: [],
    evidence: [],
    findings: [],
    model,
    promptDigest: null,
    cost,
    drafts: [
      {
        by: "model",
        author: "m",
        action: "delete_pod",
        arguments: [],
        target,
        because: "b",
        words: "",
        confidence: 90,
        evidence: [],
      },
    ],
  };
}

/** Investigates an incident that is closed while the analyst thinks. */
async function closedMeanwhile(name: Analyst["name"], model: string | null) {
  using folder = aFolder();
  await using bus = await openEmbedded(busOptions(folder));
  await using seen = recorded(bus, ["analyses", "proposals.drafted"]);
  const alert = anAlert({
    alertname: "KubePodCrashLooping",
    namespace: "payments",
    pod: "api-1",
    severity: "critical",
  });
  const state = openState();
  state.foldAlert(alert, 0);
  const [opened] = decide(alert, targets.aim(alert, CLUSTER), state, { offset: 0, at: 1 });
  if (opened === undefined) throw new Error("nothing was opened");
  state.foldIncident(opened, 1);
  const analyst: Analyst = {
    name,
    analyse: async () => {
      state.foldIncident({ ...opened, id: "closing", change: "closed", alert: null, fingerprint: null }, 2);
      return opinion(model);
    },
  };
  const spending = openSpending(models, Date.now, FORGETFUL);
  const became = await investigate(
    {
      bus,
      signatures: [],
      readFacts: async () => factsOf({ releases: [] }),
      redactor: openRedactor([]),
      causeOf: () => undefined,
      now: Date.now,
      published: (published, time) => {
        if (published.topic === "analyses") spending.fold(published.event, time);
      },
    },
    state,
    { incident: opened.incident, step: opened.id, analyst, readyAt: 0, quiet: false },
    new AbortController().signal,
  );
  if (model !== null) await eventually(() => seen.of("analyses").length === 1, "the analysis");
  return {
    became,
    analyses: seen.of("analyses"),
    drafts: seen.of("proposals.drafted"),
    left: spending.reserve(opened.incident).allowance,
  };
}

test("of an incident that is closed meanwhile, what a model was paid is published and counted, and nothing is proposed", async () => {
  const { became, analyses, drafts, left } = await closedMeanwhile("claude", "claude-sonnet-5-5");
  expect(analyses).toMatchObject([
    {
      analyst: "claude",
      outcome: "stopped",
      summary: "The incident was closed before this analysis was there, so nothing of it is proposed. It crashes.",
      proposals: [],
      cost: { microUsd: 120_000 },
    },
  ]);
  expect([became, drafts, left.microUsd]).toEqual(["closed", [], models.perIncident.microUsd - 120_000]);
});

test("of an incident that is closed meanwhile, what the signatures think is nobody's news", async () => {
  const { became, analyses, drafts } = await closedMeanwhile("signatures", null);
  expect([became, analyses, drafts]).toEqual(["closed", [], []]);
});
