import { openEmbedded } from "@holdfast/bus/embedded";
import { openReadOnlyCluster } from "@holdfast/cluster";
import { openSandbox } from "@holdfast/sandbox";
import { expect, test } from "vitest";
import { clusterLister } from "./list-cluster.ts";
import { openFactReader } from "./read-facts.ts";
import { resolveOwner } from "./read-owner.ts";
import { openRedactor } from "@holdfast/redact";
import { aFolder, busOptions, eventually, recorded, runTriage } from "./testing.ts";

test("without any alert what is broken is found, explained and drafted for, and its incident closes once it is well", async () => {
  await using sandbox = await openSandbox();
  using folder = aFolder();
  await using bus = await openEmbedded(busOptions(folder));
  await using cluster = openReadOnlyCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens.triage },
    service: "triage",
    version: "test",
    timeoutMs: 5_000,
  });
  const { reader } = cluster;
  await sandbox.break("bad-rollout");
  await using triage = await runTriage({
    bus,
    readFacts: openFactReader(reader, openRedactor([]), Date.now),
    resolve: (aim, signal) => resolveOwner(reader, aim, signal),
    scan: clusterLister(reader, ["shop", "payments", "elsewhere"]),
    pace: { debounceMs: 100, confirmMs: 500, coolDownMs: 1_000 },
  });
  await using seen = recorded(bus, ["incidents", "analyses", "proposals.drafted"]);
  const opened = await eventually(() => seen.of("incidents").find(({ change }) => change === "opened"), "an incident");
  expect(opened).toMatchObject({
    alert: null,
    fingerprint: null,
    target: { kind: "Deployment", namespace: "payments", name: "api" },
    because: expect.stringMatching(/^Found by scanning, without an alert: pod api-/),
  });
  const draft = await eventually(() => seen.of("proposals.drafted")[0], "a draft");
  expect(draft).toMatchObject({ action: "rollback_deployment", incident: opened.incident });
  triage.running.ready();
  sandbox.heal();
  const closed = await eventually(
    () => seen.of("incidents").find(({ change }) => change === "closed"),
    "its end",
    60_000,
  );
  expect(closed).toMatchObject({ incident: opened.incident, because: "scanning finds it well again" });
  expect(seen.of("incidents").filter(({ change }) => change === "opened")).toHaveLength(1);
  expect(triage.notes.filter(({ kind }) => kind === "failed")).toEqual([]);
}, 90_000);

test("a credential that may read nothing leaves no doubt that nothing was read", async () => {
  await using sandbox = await openSandbox();
  await using cluster = openReadOnlyCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens.triage },
    service: "triage",
    version: "test",
    timeoutMs: 5_000,
  });
  const seen = await clusterLister(cluster.reader, ["elsewhere"])(AbortSignal.timeout(5_000));
  expect(seen.listed.pods).toEqual([]);
  expect(seen.unread).toEqual([
    "This credential may list Deployments in no namespace that is known here.",
    "This credential may list Pods in no namespace that is known here.",
  ]);
});
