import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { clusterOf, deployment, planOf, pod, replicaSet, template, WORLD } from "../example-cluster.ts";
import { action } from "./resume-rollout.ts";

const OLD = template({ image: "web:1" });
const NEW = template({ image: "web:2" });
const WEB = { namespace: "shop", deployment: "web" };
const PODS = [pod("a", 2, "ready"), pod("b", 2, "ready"), pod("c", 3, "ready")];
const SETS = [replicaSet(2, OLD), replicaSet(3, NEW)];
const PAUSED = deployment(NEW, { spec: { paused: true } });

const plan = (...objects: readonly KubeObject[]) => action.plan(clusterOf(objects), WEB, WORLD);

async function planned() {
  const planning = await plan(PAUSED, ...SETS, ...PODS);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

const sealed = async () => planOf(await planned(), action.name);

describe("the plan", () => {
  test("seals the template that goes on, and that it was paused", async () => {
    expect(JSON.parse((await planned()).request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "d-1" },
      { op: "test", path: "/spec/template", value: NEW },
      { op: "test", path: "/spec/paused", value: true },
      { op: "add", path: "/spec/paused", value: false },
    ]);
  });

  test("counts the pods that are still to be replaced, and pausing undoes it", async () => {
    expect(await planned()).toMatchObject({
      podsAffected: 2,
      pods: ["a", "b"],
      touches: "this workload: 2 pods of other templates go, 2 of the present one start",
      notUndone: ["pods that are replaced before it is paused again; a rollout that is complete cannot be paused"],
      backOut: { command: "kubectl -n shop rollout pause deployment web", action: { action: "pause_rollout" } },
    });
  });

  test.each([
    ["object-not-found", []],
    ["being-deleted", [deployment(NEW, { metadata: { deletionTimestamp: "2026-11-22T02:00:00Z" } })]],
    ["rollout-not-paused", [deployment(NEW)]],
  ])("is refused as %s", async (rule, objects) => {
    expect(await plan(...objects)).toMatchObject({ outcome: "refused", rule });
  });
});

test.each([
  ["yes", deployment(NEW)],
  ["no", PAUSED],
  ["cannot-tell", deployment(NEW, { spec: { paused: true }, metadata: { generation: 5 } })],
  ["cannot-tell", deployment(OLD, { metadata: { generation: 4 } })],
])("whether it landed is %s", async (landed, object) => {
  expect(await action.landed(await sealed(), clusterOf([object]))).toBe(landed);
});

test.each([
  ["healthy", deployment(NEW), [pod("c", 3, "ready"), pod("d", 3, "ready"), pod("e", 3, "ready")]],
  ["pending", deployment(NEW, { status: { updatedReplicas: 1 } }), PODS],
  ["failed", PAUSED, PODS],
  ["failed", deployment(OLD), PODS],
])("verifying is %s as the rollout goes", async (outcome, object, pods) => {
  const check = await action.verify(await sealed(), clusterOf([object, ...SETS, ...pods]), undefined, WORLD);
  expect(check.outcome).toBe(outcome);
});
