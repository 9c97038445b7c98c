import { describe, expect, test } from "vitest";
import { aNode, factsOf, pods, type Sick } from "../testing-facts.ts";
import { found, names, OLD, remedy, shown } from "../testing-signatures.ts";

const pending = (unschedulable: string): Sick => ({ status: {}, unschedulable });
const FULL = "0/3 nodes are available: 1 node(s) had untolerated taint {control-plane: }, 2 Insufficient memory.";
const TAINT = "0/3 nodes are available: 3 node(s) had untolerated taint {gpu: true}.";
const CORDONED = "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.";
const facts = (message: string, cordoned = [aNode("node-3", undefined, true)]) =>
  factsOf({
    releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("pending", 2, pending(message))] }],
    cordoned,
  });

describe("no place for a pod because nodes are full", () => {
  test("it is reported with what the scheduler says and what the pod asks for, and nothing is proposed", () => {
    expect(names(facts(FULL, []))).toEqual(["unschedulable-resources"]);
    expect(remedy(facts(FULL, []))).toBeUndefined();
    expect(shown(facts(FULL, []))).toContain(FULL);
  });

  test("the requests of each container are shown", () => {
    const plan = pods("pending", 1, pending(FULL)).map((pod) => ({
      ...pod,
      container: { resources: { requests: { cpu: "2", memory: "8Gi" } } },
    }));
    expect(shown(factsOf({ releases: [{ ...OLD, pods: plan }] }))).toContain("requests cpu 2, memory 8Gi (api)");
  });

  test.for([TAINT, "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."])("not when it is %s", (message) => {
    expect(names(facts(message, []))).not.toContain("unschedulable-resources");
  });
});

describe("no place for a pod because no node may take it", () => {
  test("one node that is well is cordoned: let it in again", () => {
    expect(names(facts(CORDONED))).toEqual(["unschedulable-placement", "unschedulable-resources"]);
    expect(remedy(facts(CORDONED))).toEqual({ action: "uncordon_node", node: "node-3" });
    expect(found(facts(CORDONED))[0]?.subject).toMatchObject({ kind: "Node", namespace: null, name: "node-3" });
  });

  test.for([
    ["two are cordoned", [aNode("node-3", undefined, true), aNode("node-4", undefined, true)]],
    ["it is not ready", [aNode("node-3", { type: "Ready", status: "False" }, true)]],
    ["it is under pressure", [aNode("node-3", { type: "MemoryPressure", status: "True" }, true)]],
    ["none could be read", []],
  ] as const)("nothing is proposed when %s", ([, cordoned]) => {
    expect(names(facts(CORDONED, [...cordoned]))).toContain("unschedulable-placement");
    expect(remedy(facts(CORDONED, [...cordoned]))).toBeUndefined();
  });

  test.for([
    TAINT,
    "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    "0/1 nodes are available: 1 node(s) had volume node affinity conflict.",
  ])("a cordoned node is left alone when the reason is another: %s", (message) => {
    expect(names(facts(message))).toEqual(["unschedulable-placement"]);
    expect(remedy(facts(message))).toBeUndefined();
  });

  test("not when nodes are full: the taint of a control plane stands in every message", () => {
    expect(names(facts(FULL))).toEqual(["unschedulable-resources"]);
  });

  test("not when the pods have their places", () => {
    expect(names(factsOf({ releases: [OLD], cordoned: [aNode("node-3", undefined, true)] }))).toEqual([]);
  });
});
