import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { aNode, crashLoop, factsOf, pods, unready } from "../testing-facts.ts";
import { names, NEW, OLD, only, remedy, ROLLBACK } from "../testing-signatures.ts";

describe("one pod not ready", () => {
  const stuck = (sick = unready(10)): LiveFacts =>
    factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, sick)] }] });

  test("one of three runs and is not ready: that pod goes, by an eviction where there is one", () => {
    expect(names(stuck())).toEqual(["readiness-failing"]);
    expect(remedy(stuck())).toEqual({ action: "evict_pod", namespace: "payments", pod: "stuck-0" });
    expect(only(stuck()).subject).toMatchObject({ kind: "Pod", name: "stuck-0", uid: "uid-stuck-0" });
    expect(only(stuck()).evidence.find(({ source }) => source === "events")).toMatchObject({ outsideWritable: true });
  });

  test.for([
    [
      "two are not ready",
      factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 2, unready(10))] }] }),
    ],
    ["it has just started", stuck(unready(0.3, { startedMinutes: 0.5 }))],
    ["it crashes", stuck(crashLoop(10))],
    [
      "the controller has not updated all",
      factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10))] }], updated: 2 }),
    ],
  ])("not when %s", ([, facts]) => {
    expect(names(facts as LiveFacts)).not.toContain("readiness-failing");
  });

  test("the only pod there is is not deleted: nothing would serve meanwhile", () => {
    expect(remedy(factsOf({ releases: [{ ...OLD, pods: pods("stuck", 1, unready(10)) }] }))).toBeUndefined();
  });

  test("its node is not ready: the node is the subject, not the pod", () => {
    const facts = factsOf({
      releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10), "node-3")] }],
      nodes: [aNode("node-3", { type: "Ready", status: "Unknown" })],
    });
    expect(names(facts)).toEqual(["node-not-ready"]);
  });
});

describe("no pod of a release becomes ready", () => {
  const released = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, unready(10)) }, OLD] });

  test("the old ones serve: roll back, and delete none of them", () => {
    expect(names(released)).toEqual(["readiness-failing"]);
    expect(remedy(released)).toEqual(ROLLBACK);
    expect(only(released)).toMatchObject({ rank: "release", subject: { kind: "Deployment" } });
  });

  test("no release began it: reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: [{ ...OLD, pods: pods("sick", 3, unready(10)) }] });
    expect(names(facts)).toEqual(["readiness-failing"]);
    expect(remedy(facts)).toBeUndefined();
  });

  const silent = { ...unready(10), events: [] };
  test.for([
    [
      "one of them is ready",
      factsOf({ releases: [{ ...NEW, pods: [...pods("new", 2, unready(10)), ...pods("ok", 1)] }, OLD] }),
    ],
    ["no probe has failed", factsOf({ releases: [{ ...NEW, pods: pods("new", 2, silent) }, OLD] })],
    [
      "they have just started",
      factsOf({ releases: [{ ...NEW, pods: pods("new", 2, unready(0.3, { startedMinutes: 0.5 })) }, OLD] }),
    ],
    ["they crash", factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(10)) }, OLD] })],
  ] as const)("not when %s", ([, facts]) => {
    expect(names(facts)).not.toContain("readiness-failing");
  });
});
