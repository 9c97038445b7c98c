import type { Condition } from "@holdfast/cluster";
import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { aNode, crashLoop, factsOf, minutesAgo, pods, unready } from "../testing-facts.ts";
import { found, GONE, names, NEW, OLD, remedy, ROLLBACK, shown } from "../testing-signatures.ts";

const LATE: Condition = {
  type: "Progressing",
  status: "False",
  reason: "ProgressDeadlineExceeded",
  lastTransitionTime: minutesAgo(8),
};
const PAUSED: Condition = { type: "Progressing", status: "Unknown", reason: "DeploymentPaused" };
const PAUSE = { action: "pause_rollout", deployment: "api", namespace: "payments" };

function deployed(facts: LiveFacts, spec: object, metadata: object = {}): LiveFacts {
  const { deployment } = facts;
  if (deployment === undefined) throw new Error("no deployment");
  const of = {
    ...deployment.of,
    spec: { ...deployment.of.spec, ...spec },
    metadata: { ...deployment.of.metadata, ...metadata },
  };
  return { ...facts, deployment: { ...deployment, of } };
}

/** It runs and is not ready, and nothing says why. */
const SILENT = { ...unready(12), events: [] };

describe("a rollout that is stuck", () => {
  const stuck = factsOf({
    releases: [{ ...NEW, pods: pods("new", 1, SILENT) }, OLD],
    updated: 1,
    conditions: [LATE],
  });

  test("its new pods are not ready, and the old ones serve: roll back", () => {
    expect(names(stuck)).toEqual(["rollout-stuck"]);
    expect(remedy(stuck)).toEqual(ROLLBACK);
    expect(shown(stuck)).toContain("4 wanted, 4 exist, 1 updated");
    expect(shown(stuck)).toContain("pod new-0 of revision 58 is not Ready: runs and is not ready");
  });

  test("the old ones do not all serve either: stop it where it is", () => {
    const facts = factsOf({
      releases: [
        { ...NEW, pods: pods("new", 1, SILENT) },
        { ...OLD, pods: [...pods("old", 2), ...pods("sick", 1, SILENT)] },
      ],
      updated: 1,
      conditions: [LATE],
    });
    expect(remedy(facts)).toEqual(PAUSE);
  });

  test("where nothing can be rolled back by the catalogue, it is stopped", () => {
    const only = found(stuck, ({ action }) => action === "pause_rollout")[0]?.remedy;
    expect(only?.action).toBe("pause_rollout");
  });

  test("why its pods fail comes first, and that it is stuck is reported", () => {
    const facts = factsOf({
      releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD],
      updated: 2,
      conditions: [LATE],
    });
    expect(names(facts)).toEqual(["crash-after-a-release", "rollout-stuck"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
  });

  test("it has no new pods at all: reported, and nothing is proposed, for there is no damage to stop", () => {
    const facts = factsOf({ releases: [NEW, OLD], updated: 0, conditions: [LATE] });
    expect(names(facts)).toEqual(["rollout-stuck"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test("its new pods are on a node that is broken: the node is acted on, and nothing is rolled back", () => {
    const facts = factsOf({
      releases: [{ ...NEW, pods: pods("new", 1, unready(12), "node-3") }, OLD],
      updated: 1,
      conditions: [LATE],
      nodes: [aNode("node-3", { type: "Ready", status: "Unknown" })],
    });
    expect(found(facts).map(({ signature, remedy: call }) => [signature, call?.action])).toEqual([
      ["node-not-ready", "cordon_node"],
      ["rollout-stuck", undefined],
    ]);
  });

  const releases = [{ ...NEW, pods: pods("new", 1, unready(12)) }, OLD];
  test.for([
    ["its deadline has not passed", factsOf({ releases, updated: 1 })],
    [
      "its old pods are gone",
      factsOf({ releases: [{ ...NEW, pods: pods("new", 3, unready(12)) }, GONE], updated: 1, conditions: [LATE] }),
    ],
    ["all are updated", factsOf({ releases, updated: 4, conditions: [LATE] })],
    ["it progresses", factsOf({ releases, updated: 1, conditions: [{ ...LATE, status: "True" }] })],
  ] as const)("not when %s", ([, facts]) => {
    expect(names(facts)).not.toContain("rollout-stuck");
  });
});

describe("a rollout that is paused", () => {
  const halfway = (sick = pods("new", 1)) =>
    factsOf({ releases: [{ ...NEW, pods: sick }, OLD], updated: 1, conditions: [PAUSED] });
  const paused = deployed(halfway(), { paused: true });

  test("what is updated is ready: let it go on", () => {
    expect(names(paused)).toEqual(["rollout-paused"]);
    expect(remedy(paused)).toEqual({ action: "resume_rollout", deployment: "api", namespace: "payments" });
  });

  test("who wrote it last is shown, and writers of its status are not", () => {
    const managedFields = [
      { manager: "kubectl-rollout", operation: "Update", time: "2026-11-03T02:40:00Z" },
      { manager: "argocd", operation: "Update", time: "2026-11-03T02:00:00Z" },
      { manager: "kube-controller-manager", operation: "Update", time: "2026-11-03T02:59:00Z", subresource: "status" },
    ];
    expect(shown(deployed(paused, {}, { managedFields }))).toContain(
      "kubectl-rollout wrote it last, at 2026-11-03T02:40",
    );
    expect(shown(paused)).toContain("who paused it is not known");
  });

  test("a new pod is not ready: somebody stopped the damage, and going on is not proposed", () => {
    const facts = deployed(halfway(pods("new", 1, unready(12))), { paused: true });
    expect(names(facts)).toContain("rollout-paused");
    expect(found(facts).map((finding) => finding.remedy)).toEqual([undefined, undefined]);
    expect(found(facts).map(({ says }) => says)).toContainEqual(expect.stringContaining("going on is not proposed"));
  });

  test.for([
    ["it is not paused", halfway()],
    ["all are updated", deployed(factsOf({ releases: [OLD], conditions: [PAUSED] }), { paused: true })],
    ["the controller has not seen it yet", deployed(paused, {}, { generation: 6 })],
    ["its condition says otherwise", deployed(factsOf({ releases: [NEW, OLD], updated: 1 }), { paused: true })],
  ] as const)("not when %s", ([, facts]) => {
    expect(names(facts)).not.toContain("rollout-paused");
  });
});
