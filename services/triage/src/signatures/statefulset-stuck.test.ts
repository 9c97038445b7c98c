import { describe, expect, test } from "vitest";
import { aNode, read } from "../testing-facts.ts";
import { names, only, remedy, shown } from "../testing-signatures.ts";
import { setFacts } from "../testing-workloads.ts";

const WELL = [{}, {}];
const STUCK = { revision: "db-2", waits: "ImagePullBackOff" };

describe("a StatefulSet whose update is stuck", () => {
  const stuck = setFacts({ members: [...WELL, STUCK] });

  test("the updated ordinal does not become ready, and the others serve: roll back to what they are", () => {
    expect(names(stuck)).toEqual(["statefulset-stuck"]);
    expect(remedy(stuck)).toEqual({
      action: "rollback_statefulset",
      namespace: "shop",
      statefulset: "db",
      toTemplateOf: "db-1",
    });
    expect(only(stuck)).toMatchObject({ rank: "release", explains: ["db-2"], subject: { kind: "StatefulSet" } });
  });

  test("both revisions, the ordinal and its state are shown", () => {
    expect(shown(stuck)).toContain("currentRevision db-1, updateRevision db-2, 1 of 3 updated");
    expect(shown(stuck)).toContain("db-2 (revision db-2): ImagePullBackOff");
    expect(shown(stuck)).toContain("2 of 2 other pods are Ready");
  });

  test("it runs and is not ready for long: the same", () => {
    expect(remedy(setFacts({ members: [...WELL, { revision: "db-2", unreadyMinutes: 10 }] }))).toMatchObject({
      action: "rollback_statefulset",
    });
  });

  test("after a rollback the broken ordinal is still of the other revision: it must be deleted", () => {
    const facts = setFacts({ members: [...WELL, STUCK], current: "db-1", update: "db-1" });
    expect(remedy(facts)).toEqual({ action: "delete_pod", namespace: "shop", pod: "db-2" });
    expect(only(facts).subject).toMatchObject({ kind: "Pod", name: "db-2", uid: "uid-db-2" });
  });

  test.for([
    ["another pod is not ready either", setFacts({ members: [{}, { unreadyMinutes: 3 }, STUCK] })],
    ["the revision is newer than the failure", setFacts({ members: [...WELL, STUCK], ageMinutes: 1 })],
  ] as const)("reported, and nothing is proposed, when %s", ([, facts]) => {
    expect(names(facts)).toEqual(["statefulset-stuck"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test.for([
    ["all are ready", setFacts({ members: [{}, {}, { revision: "db-2" }] })],
    ["the pod has just started", setFacts({ members: [...WELL, { revision: "db-2", unreadyMinutes: 0.5 }] })],
    ["nothing is being updated", setFacts({ members: [...WELL, STUCK], current: "db-2", update: "db-2" })],
  ] as const)("not when %s", ([, facts]) => {
    expect(names(facts)).toEqual([]);
  });

  test("pods that are made all at once wait for none that is broken", () => {
    const facts = setFacts({ members: [...WELL, STUCK], current: "db-1", update: "db-1" });
    const of = { ...facts.object?.of, spec: { replicas: 3, podManagementPolicy: "Parallel" } };
    expect(names({ ...facts, object: { of, ...read("kubectl -n shop get statefulset db") } })).toEqual([]);
  });

  test("not when its node is broken: the node is the subject", () => {
    const facts = setFacts({ members: [...WELL, { ...STUCK, node: "node-3" }] });
    const nodes = { of: [aNode("node-3", { type: "Ready", status: "Unknown" })], ...read("kubectl get nodes") };
    expect(names({ ...facts, nodes })).toEqual(["node-not-ready"]);
  });
});
