import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { aNode, crashLoop, factsOf, pods, unready } from "../testing-facts.ts";
import { names, NEW, OLD, only, remedy } from "../testing-signatures.ts";

describe("one pod not ready", () => {
  const stuck = (sick = unready(10)): LiveFacts =>
    factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, sick)] }] });

  test("one of three runs and is not ready: that pod goes, by an eviction where there is one", () => {
    expect(names(stuck())).toEqual(["one-pod-not-ready"]);
    expect(remedy(stuck())).toEqual({ action: "evict_pod", namespace: "payments", pod: "stuck-0" });
    expect(only(stuck()).subject).toMatchObject({ kind: "Pod", name: "stuck-0", uid: "uid-stuck-0" });
    expect(only(stuck()).evidence.find(({ source }) => source === "events")).toMatchObject({ outsideWritable: true });
  });

  test.for([
    [
      "two are not ready",
      factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 2, unready(10))] }] }),
    ],
    ["it is the only one", factsOf({ releases: [{ ...OLD, pods: pods("stuck", 1, unready(10)) }] })],
    ["it has just started", stuck(unready(0.3, { startedMinutes: 0.5 }))],
    ["it crashes", stuck(crashLoop(10))],
    ["a release is under way", factsOf({ releases: [{ ...NEW, pods: pods("new", 1, unready(10)) }, OLD] })],
    [
      "the controller has not updated all",
      factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10))] }], updated: 2 }),
    ],
  ])("not when %s", ([, facts]) => {
    expect(names(facts as LiveFacts)).not.toContain("one-pod-not-ready");
  });

  test("its node is not ready: the node is the subject, not the pod", () => {
    const facts = factsOf({
      releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10), "node-3")] }],
      nodes: [aNode("node-3", { type: "Ready", status: "Unknown" })],
    });
    expect(names(facts)).toEqual(["node-not-ready"]);
  });
});
