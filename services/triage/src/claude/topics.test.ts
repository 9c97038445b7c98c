import { openEmbedded } from "@holdfast/bus/embedded";
import { readConfig } from "@holdfast/guard";
import type { Alert } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import type { FactReader } from "../read-facts.ts";
import { openRedactor } from "@holdfast/redact";
import { aFolder, anAlert, busOptions, eventually, recorded, runTriage } from "../testing.ts";
import { crashLoop, factsOf, pods } from "../testing-facts.ts";
import { openFromSettings } from "./open.ts";
import { textOf, type Body } from "./scripted-protocol.ts";
import { KEY, openScriptedServer, type Script } from "./scripted-server.ts";
import { CONCLUSION, emptyReader } from "./testing.ts";

const MODELS = new URL("../../../../config/models.yaml", import.meta.url);

const facts = factsOf({
  releases: [
    { revision: 2, ageMinutes: 10, image: "web:2", pods: pods("new", 2, crashLoop(9)) },
    { revision: 1, ageMinutes: 600, image: "web:1", pods: pods("old", 2) },
  ],
});
const readFacts: FactReader = async (target) => ({ ...facts, target: { ...target, uid: facts.target.uid } });
const LABELS = { alertname: "KubeDeploymentReplicasMismatch", namespace: "payments", severity: "critical" };
const alert = anAlert({ ...LABELS, deployment: "api" });

type Seen = Awaited<ReturnType<typeof investigated>>;

/** One alert through the whole service: what it publishes once both analysts have answered, and after a restart and a second alert. */
async function investigated(
  script: Script,
  { hasKey = true, edit = (text: string): string => text, second = alert } = {},
) {
  await using server = await openScriptedServer(script);
  using folder = aFolder();
  const settings = {
    ANTHROPIC_API_KEY: hasKey ? KEY : undefined,
    ANTHROPIC_BASE_URL: server.url,
    HOLDFAST_MODEL: "claude-sonnet-5-5",
    HOLDFAST_PROMETHEUS_URL: undefined,
    HOLDFAST_ALERTMANAGER_URL: undefined,
  };
  const start = async (event: Alert, wanted: number) => {
    await using bus = await openEmbedded(busOptions(folder));
    await using stack = new AsyncDisposableStack();
    const redactor = openRedactor([KEY]);
    const deep = await openFromSettings({
      settings,
      reader: emptyReader,
      http: { userAgent: "test", timeoutMs: 1_000, bytesMax: 1_000_000 },
      bus,
      redactor,
      modelsFile: MODELS.pathname,
      readConfig: (path) => edit(readConfig(path)),
      stack,
      fatal: () => undefined,
      cluster: "sandbox",
      now: Date.now,
      ledgerFile: `${busOptions(folder).file}.spending`,
      spends: () => undefined,
    });
    await using seen = recorded(bus, ["analyses", "proposals.drafted"]);
    await using triage = await runTriage({ bus, readFacts, deep });
    await bus.publish("alerts", event.fingerprint, event);
    await eventually(() => seen.of("analyses").length === wanted, "the analyses");
    expect(triage.notes.filter(({ kind }) => kind === "failed")).toEqual([]);
    return { analyses: seen.of("analyses"), drafts: seen.of("proposals.drafted") };
  };
  const each = hasKey ? 2 : 1;
  const first = await start(alert, each);
  const again = await start(second, second === alert ? each : 2 * each);
  return { ...first, again, requests: server.bodies.length, refusals: server.refusals };
}

const propose = (name: string, args: object) => ({
  name,
  input: { arguments: args, because: "The release crashes.", confidence: 80, evidence: ["e1"] },
});

function blockOf({ messages }: Body): Parameters<typeof textOf>[0] {
  const content = messages.at(-1)?.content;
  const block = typeof content === "string" ? undefined : content?.[0];
  if (block === undefined) throw new Error("the request holds no case");
  return block;
}

describe("through the whole service", () => {
  test("what the model drafts stands beside what the signatures drafted, and what is the same is not drafted twice", async () => {
    const seen = await investigated((body, index) => {
      if (index > 0) return { calls: [CONCLUSION] };
      const { signaturesFound } = JSON.parse(textOf(blockOf(body))) as {
        signaturesFound: { suggests: { arguments: object } }[];
      };
      return {
        calls: [
          propose("propose_rollback_deployment", signaturesFound[0]?.suggests.arguments ?? {}),
          propose("propose_delete_pod", { namespace: "payments", pod: "new-0" }),
        ],
      };
    });
    expect(seen.analyses.map(({ analyst, outcome, model }) => [analyst, outcome, model])).toEqual([
      ["signatures", "found", null],
      ["claude", "found", "claude-sonnet-5-5"],
    ]);
    expect(seen.drafts.map(({ by, action }) => [by, action])).toEqual([
      ["signature", "rollback_deployment"],
      ["model", "delete_pod"],
    ]);
    expect(seen.analyses[1]?.proposals.toSorted()).toEqual(seen.drafts.map(({ id }) => id).toSorted());
    expect(seen.analyses[1]?.promptDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(seen.refusals).toEqual([]);
  });

  test("a restart asks the model nothing again", async () => {
    const seen = await investigated((): { calls: [typeof CONCLUSION] } => ({ calls: [CONCLUSION] }));
    expect(seen.again.analyses).toEqual(seen.analyses);
    expect(seen.requests).toBe(1);
  });

  test("a restart forgets nothing of the day's budget", async () => {
    const seen = await investigated(() => ({ calls: [CONCLUSION], usage: { output_tokens: 9_000 } }), {
      edit: (text) => text.replace("usd: 5,", "usd: 0.12,"),
      second: anAlert({ ...LABELS, deployment: "other" }),
    });
    expect(seen.again.analyses.map(({ analyst, outcome }) => [analyst, outcome])).toEqual([
      ["signatures", "found"],
      ["claude", "found"],
      ["signatures", "found"],
      ["claude", "over_budget"],
    ]);
    expect(seen.requests).toBe(1);
  });

  test("the model sees what the signatures found, as evidence", async () => {
    const bodies: Body[] = [];
    await investigated((body) => {
      bodies.push(body);
      return { calls: [CONCLUSION] };
    });
    expect(JSON.stringify(bodies[0]?.messages.at(-1))).toMatch(/crash-after-a-release.*e1/);
  });

  test("without a key the signatures serve alone, and nothing is asked of anybody", async () => {
    const alone = await investigated([], { hasKey: false });
    expect(alone.analyses.map(({ analyst, outcome }) => [analyst, outcome])).toEqual([["signatures", "found"]]);
    expect([alone.drafts.length, alone.requests]).toEqual([1, 0]);
  });

  test("where the provider is down the signatures' answer stands, and people are told so", async () => {
    const down: Seen = await investigated(() => ({ cut: true }));
    expect(down.analyses.map(({ analyst, outcome }) => [analyst, outcome])).toEqual([
      ["signatures", "found"],
      ["claude", "provider_down"],
    ]);
    expect(down.analyses[1]?.summary).toBe(
      "claude-sonnet-5-5 gave no analysis: its answer was cut off. The signatures' answer stands.",
    );
    expect(down.drafts).toHaveLength(1);
  });
});
