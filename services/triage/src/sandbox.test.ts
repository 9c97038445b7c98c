import { catalogue } from "@holdfast/actions";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openReadOnlyCluster } from "@holdfast/cluster";
import { openSandbox } from "@holdfast/sandbox";
import { alertId, nameValues, recordOf, type Drafted } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { openFactReader } from "./read-facts.ts";
import { resolveOwner } from "./read-owner.ts";
import { openRedactor } from "@holdfast/redact";
import { openFiring } from "./telemetry.ts";
import { aFolder, busOptions, eventually, recorded, runTriage } from "./testing.ts";

const http = { userAgent: "holdfast-triage/test", timeoutMs: 5_000, bytesMax: 1_000_000 };

/** Breaks the sandbox, hands its alerts over as intake does, and waits for what triage drafts. */
async function draftsOf(scenario: string): Promise<{ readonly drafts: readonly Drafted[]; readonly summary: string }> {
  await using sandbox = await openSandbox();
  using folder = aFolder();
  await using bus = await openEmbedded(busOptions(folder));
  await using cluster = openReadOnlyCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens.triage },
    service: "triage",
    version: "test",
    timeoutMs: 5_000,
  });
  await using triage = await runTriage({
    bus,
    readFacts: openFactReader(cluster.reader, openRedactor([]), Date.now),
    resolve: (aim, signal) => resolveOwner(cluster.reader, aim, signal),
    firing: openFiring(`${sandbox.url}/alertmanager`, http),
    pace: { debounceMs: 500, confirmMs: 2_000, coolDownMs: 1_000 },
  });
  await using seen = recorded(bus, ["analyses", "proposals.drafted", "incidents"]);
  await sandbox.break(scenario);
  for (const alert of sandbox.status().alerts) {
    const startsAt = Date.parse(alert.startsAt);
    await bus.publish("alerts", alert.fingerprint, {
      id: alertId(alert.fingerprint, startsAt, "firing"),
      fingerprint: alert.fingerprint,
      status: "firing",
      startsAt,
      endsAt: null,
      labels: nameValues(alert.labels),
      annotations: [],
      generatorUrl: "",
      via: "webhook",
      receiver: "holdfast",
      externalUrl: "",
      groupKey: "{}",
      truncatedAlerts: 0,
      receivedAt: Date.now(),
    });
  }
  const analysis = await eventually(
    () => seen.of("analyses").find(({ outcome }) => outcome === "found"),
    `an analysis of ${scenario}`,
  );
  await eventually(
    () => seen.of("proposals.drafted").length >= analysis.proposals.length,
    "the drafts of that analysis",
  );
  expect(triage.notes.filter(({ kind }) => kind === "failed")).toEqual([]);
  return { drafts: seen.of("proposals.drafted"), summary: analysis.summary };
}

describe("each scenario of the sandbox drafts the one right action, with arguments that its action takes", () => {
  const cases = [
    ["bad-rollout", "crash-after-a-release", "rollback_deployment", { namespace: "payments", deployment: "api" }],
    ["image-not-found", "image-not-found", "rollback_deployment", { namespace: "shop", deployment: "cart" }],
    ["oom-loop", "oom-killed-loop", "rollback_deployment", { namespace: "shop", deployment: "web" }],
    ["stuck-pod", "readiness-failing", "evict_pod", { namespace: "shop" }],
    [
      "crash-without-release",
      "crash-without-a-release",
      "restart_deployment",
      { namespace: "shop", deployment: "cart" },
    ],
    ["node-not-ready", "node-not-ready", "cordon_node", { node: "node-3" }],
  ] as const;
  test.for(cases)("%s", async ([scenario, author, action, args]) => {
    const { drafts, summary } = await draftsOf(scenario);
    expect(drafts.map((draft) => [draft.author, draft.action])).toEqual([[author, action]]);
    const [draft] = drafts;
    expect(recordOf(draft?.arguments ?? [])).toMatchObject(args);
    expect(catalogue.get(action)?.input.safeParse(recordOf(draft?.arguments ?? []))).toMatchObject({ success: true });
    expect(draft?.evidence.length).toBeGreaterThan(1);
    expect(draft?.target.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(summary).toContain(draft?.because);
  });
});
