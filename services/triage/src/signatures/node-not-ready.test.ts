import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { aNode, factsOf, pods } from "../testing-facts.ts";
import { names, OLD, only, remedy } from "../testing-signatures.ts";

describe("node not ready", () => {
  const onNode = (trouble?: { readonly type: string; readonly status: string }, cordoned = false): LiveFacts => {
    const node = aNode("node-3", trouble, cordoned);
    const facts = factsOf({ releases: [{ ...OLD, pods: pods("on", 2, undefined, "node-3") }], nodes: [node] });
    return {
      ...facts,
      target: { cluster: "sandbox", namespace: null, kind: "Node", name: "node-3", uid: "uid-node-3" },
      deployment: undefined,
    };
  };

  test.for([
    { type: "Ready", status: "Unknown" },
    { type: "Ready", status: "False" },
    { type: "MemoryPressure", status: "True" },
  ])("$type=$status: cordon it", (trouble) => {
    expect(remedy(onNode(trouble))).toEqual({ action: "cordon_node", node: "node-3" });
    expect(only(onNode(trouble)).subject).toMatchObject({
      kind: "Node",
      namespace: null,
      name: "node-3",
      uid: "uid-node-3",
    });
  });

  test("already cordoned: reported, and nothing is proposed", () => {
    expect(names(onNode({ type: "Ready", status: "Unknown" }, true))).toEqual(["node-not-ready"]);
    expect(remedy(onNode({ type: "Ready", status: "Unknown" }, true))).toBeUndefined();
  });

  test("not when the node is well", () => {
    expect(names(onNode())).toEqual([]);
  });
});
