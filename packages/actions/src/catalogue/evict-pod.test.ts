import { describe, expect, test } from "vitest";
import type { KubeObject, Pod, PodDisruptionBudget } from "@holdfast/cluster";
import { clusterOf, planOf, pod, replicaSet, template, WORLD } from "../example-cluster.ts";
import { action } from "./evict-pod.ts";

const SET = replicaSet(3, template({ image: "web:1" }));
const GIVEN = { namespace: "shop", pod: "a" };
const PEERS = [pod("b", 3, "ready"), pod("c", 3, "ready")];

const labelled = (state: "ready" | "crashing" | "stopping", phase = "Running"): Pod => {
  const made = pod("a", 3, state);
  return { ...made, metadata: { ...made.metadata, labels: { app: "web" } }, status: { ...made.status, phase } };
};

const budget = (
  allowed: number,
  healthy: number,
  desired: number,
  spec: PodDisruptionBudget["spec"] = { selector: { matchLabels: { app: "web" } } },
  name = "web",
): PodDisruptionBudget => ({
  kind: "PodDisruptionBudget",
  metadata: { name, namespace: "shop" },
  spec,
  status: { disruptionsAllowed: allowed, currentHealthy: healthy, desiredHealthy: desired },
});

const plan = (...objects: readonly KubeObject[]) => action.plan(clusterOf([SET, ...PEERS, ...objects]), GIVEN, WORLD);

async function planned(...objects: readonly KubeObject[]) {
  const planning = await plan(...objects);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

describe("the plan", () => {
  test("evicts that very pod, and is about the workload above it", async () => {
    const change = await planned(labelled("crashing"), budget(1, 3, 2));
    expect(change.request).toMatchObject({
      verb: "POST",
      path: "/api/v1/namespaces/shop/pods/a/eviction",
      contentType: "application/json",
    });
    expect(action.door(GIVEN)).toEqual({ verb: "POST", path: change.request.path });
    expect(change.request.body.toString("utf8")).toBe(
      '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"a","namespace":"shop"},"deleteOptions":{"preconditions":{"uid":"uid-a"}}}',
    );
    expect(change).toMatchObject({
      subject: "sandbox/shop/Deployment/web",
      podsAffected: 1,
      pods: ["a"],
      before: { metadata: { uid: "uid-a" } },
      after: { metadata: { uid: null } },
      touches: "this pod goes and Deployment web starts a new one; the 2 other serving pods stay",
      backOut: { kind: "self_heals", because: "ReplicaSet web-3 replaces the pod by itself." },
    });
    expect(change.facts.at(-1)).toMatchObject({
      name: "disruption budget",
      value: "web: 3 serve, 2 must, 1 may go",
    });
  });

  test.each([
    ["object-not-found", []],
    ["being-deleted", [labelled("stopping")]],
    ["not-controlled", [{ ...labelled("ready"), metadata: { ...labelled("ready").metadata, ownerReferences: [] } }]],
    ["disruption-budget-exhausted", [labelled("ready"), budget(0, 3, 3)]],
    ["disruption-budget-exhausted", [labelled("crashing"), budget(0, 2, 3)]],
    ["several-disruption-budgets", [labelled("ready"), budget(1, 3, 2), budget(1, 3, 2, { selector: {} }, "all")]],
  ])("is refused as %s", async (rule, objects) => {
    expect(await plan(...objects)).toMatchObject({ outcome: "refused", rule });
  });

  const expressions = (operator: string, values: readonly string[] = []) => ({
    selector: { matchExpressions: [{ key: "app", operator, values }] },
  });

  test.each([
    ["it has none", labelled("ready"), []],
    ["it selects others", labelled("ready"), [budget(0, 3, 3, { selector: { matchLabels: { app: "db" } } })]],
    ["it has no selector", labelled("ready"), [budget(0, 3, 3, {})]],
    ["it selects by another expression", labelled("ready"), [budget(0, 3, 3, expressions("NotIn", ["web"]))]],
    ["the pod does not serve and enough others do", labelled("crashing"), [budget(0, 2, 2)]],
    [
      "the budget never counts such a pod",
      labelled("crashing"),
      [budget(0, 1, 2, { selector: {}, unhealthyPodEvictionPolicy: "AlwaysAllow" })],
    ],
    ["the pod does not run yet", labelled("crashing", "Pending"), [budget(0, 1, 2)]],
    ["the pod runs no more", labelled("crashing", "Failed"), [budget(0, 1, 2)]],
  ])("is not held by a budget where %s", async (_, object, budgets) => {
    expect(await plan(object, ...budgets)).toMatchObject({ outcome: "planned" });
  });

  test.each([expressions("In", ["web"]), expressions("Exists"), { selector: {} }])(
    "is held by a budget with %j",
    async (spec) => {
      expect(await plan(labelled("ready"), budget(0, 3, 3, spec))).toMatchObject({
        rule: "disruption-budget-exhausted",
      });
    },
  );
});

describe("afterwards", () => {
  const sealed = async () => planOf(await planned(labelled("crashing")), action.name);

  test.each([
    ["no", [labelled("crashing")]],
    ["yes", [labelled("stopping")]],
    ["yes", []],
  ])("it landed: %s, by the uid", async (landed, objects) => {
    expect(await action.landed(await sealed(), clusterOf(objects))).toBe(landed);
  });

  test.each([
    ["healthy", [SET, ...PEERS, pod("d", 3, "ready")]],
    ["pending", [SET, ...PEERS]],
    ["failed", PEERS],
  ])("the controller's own number of ready pods decides: %s", async (outcome, objects) => {
    expect((await action.verify(await sealed(), clusterOf(objects), undefined, WORLD)).outcome).toBe(outcome);
  });
});
