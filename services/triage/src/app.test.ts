import type { Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import type { Alert, Topic } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import type { Analyst, Opinion } from "./analyst.ts";
import type { FactReader } from "./read-facts.ts";
import { aFolder, anAlert, busOptions, eventually, recorded, runTriage, type Folder } from "./testing.ts";
import { crashLoop, factsOf, pods } from "./testing-facts.ts";

const API = {
  alertname: "KubeDeploymentReplicasMismatch",
  severity: "warning",
  namespace: "payments",
  deployment: "api",
};
const LATER = { ...API, alertname: "KubeDeploymentRolloutStuck" };
const SEEN = ["incidents", "analyses", "proposals.drafted"] as const satisfies readonly Topic[];

const badRelease = factsOf({
  releases: [
    { revision: 58, ageMinutes: 19, image: "acme/api:2.41.0", pods: pods("new", 2, crashLoop(18)) },
    { revision: 57, ageMinutes: 9_000, image: "acme/api:2.40.3", pods: pods("old", 3) },
  ],
});
const allIsWell = factsOf({
  releases: [{ revision: 57, ageMinutes: 9_000, image: "acme/api:2.40.3", pods: pods("old", 3) }],
});

/** Tells every target the same, and counts how often it was asked. */
function readerOf(facts: () => typeof badRelease): { readonly readFacts: FactReader; readonly asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    readFacts: async (target, known) => ((asked += 1), { ...facts(), target: { ...target, uid: "uid" }, ...known }),
  };
}

async function publish(bus: Bus, ...alerts: readonly Alert[]): Promise<void> {
  for (const alert of alerts) await bus.publish("alerts", alert.fingerprint, alert);
}

/** Publishes, and fails once where `when` says so: before or after the record is durable. */
function failing(bus: Bus, when: (topic: Topic) => "before" | "after" | undefined): Bus {
  return {
    ...bus,
    publish: async (topic, key, event) => {
      const fault = when(topic);
      if (fault === "before") throw new Error("the disk is full");
      const published = await bus.publish(topic, key, event);
      if (fault === "after") throw new Error("the connection was lost");
      return published;
    },
  };
}

const opened = (folder: Folder): Promise<Bus> => openEmbedded(busOptions(folder));

describe("one incident, one investigation", () => {
  test("an alert becomes an incident, an analysis and a draft that names it", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    await using triage = await runTriage({ bus, ...readerOf(() => badRelease) });
    await publish(bus, anAlert(API));
    const analysis = await eventually(() => seen.of("analyses")[0], "an analysis");
    const [draft] = seen.of("proposals.drafted");
    expect(analysis).toMatchObject({ analyst: "signatures", outcome: "found", proposals: [draft?.id], model: null });
    expect(draft).toMatchObject({
      incident: seen.of("incidents")[0]?.incident,
      analysis: analysis.id,
      action: "rollback_deployment",
      by: "signature",
      words: "",
      confidence: 95,
    });
    expect(draft?.evidence.map(({ id }) => id)).toEqual(analysis.hypotheses[0]?.evidence);
    expect(draft?.evidence.every(({ readAt }) => readAt > 0)).toBe(true);
    expect(triage.notes.map(({ kind }) => kind)).toEqual(["incident", "draft", "analysis"]);
  });

  test("a storm of two thousand alerts about fifty targets is fifty investigations", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts, asked } = readerOf(() => badRelease);
    await using triage = await runTriage({
      bus,
      readFacts,
      pace: { debounceMs: 500, confirmMs: 60_000, coolDownMs: 0 },
    });
    const alerts = Array.from({ length: 2_000 }, (_, index) =>
      anAlert({ ...API, deployment: `api-${index % 50}`, instance: String(index) }),
    );
    await Promise.all(alerts.map((alert) => bus.publish("alerts", alert.fingerprint, alert)));
    await eventually(
      () => seen.of("incidents").length === 2_000 && triage.running.waiting() === 0,
      "every alert to be in an incident",
      50_000,
    );
    await eventually(() => seen.of("analyses").length === 50, "fifty analyses");
    expect(seen.of("incidents").filter(({ change }) => change === "opened")).toHaveLength(50);
    expect([asked(), seen.of("proposals.drafted").length]).toEqual([50, 50]);
  }, 60_000);

  test("an incident that closes before its investigation has started is not investigated", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts, asked } = readerOf(() => badRelease);
    await using _triage = await runTriage({
      bus,
      readFacts,
      pace: { debounceMs: 60_000, confirmMs: 50, coolDownMs: 0 },
    });
    await publish(bus, anAlert(API), anAlert(API, { status: "resolved" }));
    await eventually(() => seen.of("incidents").some(({ change }) => change === "closed"), "the incident to close");
    expect([asked(), _triage.running.waiting()]).toEqual([0, 0]);
  });

  test("an alert that maps to nothing gets an analysis and no draft", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts, asked } = readerOf(() => badRelease);
    await using _triage = await runTriage({ bus, readFacts });
    await publish(
      bus,
      anAlert({ alertname: "NodeFilesystemAlmostOutOfSpace", severity: "critical", instance: "10.0.0.1:9100" }),
    );
    const analysis = await eventually(() => seen.of("analyses")[0], "an analysis");
    expect(analysis).toMatchObject({ outcome: "nothing", proposals: [] });
    expect(analysis.summary).toContain("none of its labels names one object");
    expect([asked(), seen.of("proposals.drafted")]).toEqual([0, []]);
  });

  test("an alert that joins later, of a new name, is looked into, and what it finds again is not said again", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts, asked } = readerOf(() => badRelease);
    await using _triage = await runTriage({ bus, readFacts });
    await publish(bus, anAlert(API));
    await eventually(() => seen.of("analyses").length === 1, "the first analysis");
    await publish(bus, anAlert(LATER));
    await eventually(() => asked() === 2, "another look");
    await eventually(() => _triage.running.waiting() === 0, "nothing left to do");
    expect([seen.of("analyses").length, seen.of("proposals.drafted").length]).toEqual([1, 1]);
  });

  test("what no signature could judge at first is said when one can", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    let facts = allIsWell;
    await using _triage = await runTriage({ bus, ...readerOf(() => facts) });
    await publish(bus, anAlert(API));
    const first = await eventually(() => seen.of("analyses")[0], "the first analysis");
    expect(first).toMatchObject({ outcome: "nothing", summary: expect.stringContaining("3 of 3 pods are Ready") });
    facts = badRelease;
    await publish(bus, anAlert(LATER));
    const second = await eventually(() => seen.of("analyses")[1], "the second analysis");
    expect([second.outcome, second.proposals]).toEqual(["found", seen.of("proposals.drafted").map(({ id }) => id)]);
  });
});

describe("restarts and faults", () => {
  test("a crash between the drafts and the analysis repeats the step and drafts nothing twice", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts } = readerOf(() => badRelease);
    {
      await using dying = await opened(folder);
      await using crashed = await runTriage({
        bus: failing(dying, (topic) => (topic === "analyses" ? "before" : undefined)),
        readFacts,
      });
      await publish(bus, anAlert(API));
      await eventually(() => crashed.notes.some(({ kind }) => kind === "failed"), "the analysis not to be published");
    }
    await eventually(() => seen.of("proposals.drafted").length === 1, "the draft to be there");
    expect(seen.of("analyses")).toEqual([]);
    await using _again = await runTriage({ bus, readFacts });
    const analysis = await eventually(() => seen.of("analyses")[0], "the analysis after the restart");
    expect(seen.of("proposals.drafted").map(({ id, analysis: of }) => [id, of])).toEqual([
      [analysis.proposals[0], analysis.id],
    ]);
  });

  test("after a restart nothing that is done is done again", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts, asked } = readerOf(() => badRelease);
    {
      await using before = await opened(folder);
      await using _first = await runTriage({ bus: before, readFacts });
      await publish(bus, anAlert(API));
      await eventually(() => seen.of("analyses").length === 1, "the analysis");
    }
    await using again = await runTriage({ bus, readFacts });
    await publish(bus, anAlert({ ...API, deployment: "web" }));
    await eventually(() => seen.of("analyses").length === 2, "the analysis of the next incident");
    expect([asked(), again.running.open(), seen.of("incidents").length]).toEqual([2, 2, 2]);
  });

  test("an alert whose incident could not be recorded is not lost: recording is tried again", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    let faults = 3;
    const flaky = failing(bus, (topic) =>
      topic === "incidents" && faults-- > 0 ? (faults % 2 === 0 ? "before" : "after") : undefined,
    );
    const persist = async <T>(_what: string, attempt: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await attempt();
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    };
    await using _triage = await runTriage({ bus: flaky, ...readerOf(() => badRelease), persist });
    await publish(bus, anAlert(API), anAlert(LATER));
    await eventually(() => seen.of("analyses").length === 1, "the analysis");
    expect(seen.of("incidents").map(({ change }) => change)).toEqual(["opened", "joined"]);
    expect(faults).toBeLessThan(0);
  });

  test("a standby takes over where the active one ended, and repeats nothing", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using other = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const { readFacts } = readerOf(() => badRelease);
    const active = await runTriage({ bus, readFacts });
    await eventually(() => active.running.subscription.active(), "the first to be active");
    await using standby = await runTriage({ bus: other, readFacts });
    expect(() => standby.running.ready()).not.toThrow();
    await publish(bus, anAlert(API));
    await eventually(() => seen.of("analyses").length === 1, "the first analysis");
    await active[Symbol.asyncDispose]();
    await publish(other, anAlert(API, { status: "resolved" }));
    await eventually(
      () => seen.of("incidents").some(({ change }) => change === "closed"),
      "the standby to close the incident",
    );
    expect(seen.of("incidents").map(({ change }) => change)).toEqual(["opened", "ended", "closed"]);
    expect(seen.of("analyses")).toHaveLength(1);
  });
});

describe("fast first, deep second", () => {
  const NO_COST = {
    toolCalls: 3,
    inputTokens: 10,
    outputTokens: 10,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    microUsd: 900,
    milliseconds: 5,
  };
  const opinion = (parts: Partial<Opinion>): Opinion => ({
    outcome: "found",
    summary: "it is the release",
    hypotheses: [],
    evidence: [],
    findings: [],
    drafts: [],
    model: "m",
    promptDigest: "d",
    cost: NO_COST,
    ...parts,
  });

  test("the deeper analyst sees what the signatures found, and its analysis is a second event", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const cases: string[] = [];
    const deep: Analyst = {
      name: "claude",
      analyse: async ({ findings, facts, alerts }) => {
        cases.push(
          `${seen.of("analyses").length} before, ${findings[0]?.signature ?? "none"}, ${facts?.pods.of.length ?? 0} pods, ${alerts.length} alert`,
        );
        return opinion({});
      },
    };
    await using _triage = await runTriage({ bus, ...readerOf(() => badRelease), deep });
    await publish(bus, anAlert(API));
    await eventually(() => seen.of("analyses").length === 2, "two analyses");
    expect(seen.of("analyses").map(({ analyst, cost }) => [analyst, cost.microUsd])).toEqual([
      ["signatures", 0],
      ["claude", 900],
    ]);
    expect(cases).toEqual(["1 before, crash-after-a-release, 5 pods, 1 alert"]);
  });

  test("where it suggests what is drafted already, it names that draft; what is new it drafts, once for each object", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    const target = { cluster: "sandbox", namespace: "payments", kind: "Deployment", name: "api", uid: "uid" };
    const draft = {
      by: "model" as const,
      author: "m",
      target,
      because: "because",
      words: "my words",
      confidence: 70,
      evidence: [],
    };
    const deep: Analyst = {
      name: "claude",
      analyse: async ({ incident }) => {
        const [known] = incident.drafts.values();
        const other = { ...target, name: "web" };
        return opinion({
          drafts: [
            { ...draft, action: known?.action ?? "", arguments: known?.arguments ?? [] },
            { ...draft, action: "restart_deployment", arguments: [], target: other },
            { ...draft, action: "rollback_deployment", arguments: [], target: other },
          ],
        });
      },
    };
    await using _triage = await runTriage({ bus, ...readerOf(() => badRelease), deep });
    await publish(bus, anAlert(API));
    const second = await eventually(() => seen.of("analyses")[1], "the second analysis");
    const drafts = seen.of("proposals.drafted");
    expect(drafts.map(({ by, action }) => [by, action])).toEqual([
      ["signature", "rollback_deployment"],
      ["model", "restart_deployment"],
    ]);
    expect(second.proposals).toEqual(drafts.map(({ id }) => id));
  });

  test("a provider that is down is an outcome that people see, and is not asked again", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    let asked = 0;
    const deep: Analyst = {
      name: "claude",
      analyse: async () => ((asked += 1), opinion({ outcome: "provider_down", summary: "The model did not answer." })),
    };
    await using _triage = await runTriage({ bus, ...readerOf(() => badRelease), deep });
    await publish(bus, anAlert(API));
    const second = await eventually(() => seen.of("analyses")[1], "the second analysis");
    await eventually(() => _triage.running.waiting() === 0, "nothing left to do");
    expect([second.outcome, asked]).toEqual(["provider_down", 1]);
  });

  test("a second run of the model waits for the cool-down, and the signatures do not", async () => {
    using folder = aFolder();
    await using bus = await opened(folder);
    await using seen = recorded(bus, SEEN);
    let facts = allIsWell;
    let asked = 0;
    const deep: Analyst = { name: "claude", analyse: async () => ((asked += 1), opinion({})) };
    await using triage = await runTriage({
      bus,
      ...readerOf(() => facts),
      deep,
      pace: { debounceMs: 20, confirmMs: 60_000, coolDownMs: 3_600_000 },
    });
    await publish(bus, anAlert(API));
    await eventually(() => asked === 1, "the first run");
    facts = badRelease;
    await publish(bus, anAlert(LATER));
    await eventually(() => seen.of("proposals.drafted").length === 1, "the signatures to draft");
    await eventually(() => triage.running.waiting() === 1, "the second run to wait");
    expect(asked).toBe(1);
  });
});

test("two thousand alerts about one target are one incident, taken as fast as those about many", async () => {
  using folder = aFolder();
  await using bus = await opened(folder);
  await using seen = recorded(bus, SEEN);
  const { readFacts, asked } = readerOf(() => badRelease);
  await using _triage = await runTriage({
    bus,
    readFacts,
    pace: { debounceMs: 200, confirmMs: 60_000, coolDownMs: 0 },
  });
  const alerts = Array.from({ length: 2_000 }, (_, index) => anAlert({ ...API, instance: String(index) }));
  await Promise.all(alerts.map((alert) => bus.publish("alerts", alert.fingerprint, alert)));
  await eventually(() => seen.of("incidents").length === 2_000, "every alert to have joined", 50_000);
  expect([seen.of("incidents").filter(({ change }) => change === "opened").length, asked()]).toEqual([1, 1]);
}, 60_000);
