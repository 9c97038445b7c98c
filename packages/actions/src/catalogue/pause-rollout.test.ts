import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { clusterOf, deployment, planOf, pod, replicaSet, template, WORLD } from "../example-cluster.ts";
import { action } from "./pause-rollout.ts";

const GOOD = template({ image: "web:1" });
const BAD = template({ image: "web:2" });
const WEB = { namespace: "shop", deployment: "web" };
const PODS = [pod("a", 2, "ready"), pod("b", 2, "ready"), pod("c", 3, "crashing")];
const SETS = [replicaSet(2, GOOD), replicaSet(3, BAD)];
const ROLLING = deployment(BAD, { status: { updatedReplicas: 1, availableReplicas: 2, readyReplicas: 2 } });
const PAUSED = deployment(BAD, {
  spec: { paused: true },
  metadata: { generation: 4 },
  status: { observedGeneration: 4 },
});

const plan = (...objects: readonly KubeObject[]) => action.plan(clusterOf(objects), WEB, WORLD);

async function planned(object: KubeObject = ROLLING) {
  const planning = await plan(object, ...SETS, ...PODS);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

describe("the plan", () => {
  test("seals the pause of that very rollout", async () => {
    const { request, before, after } = await planned();
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "d-1" },
      { op: "test", path: "/spec/template", value: BAD },
      { op: "test", path: "/spec/paused", value: null },
      { op: "add", path: "/spec/paused", value: true },
    ]);
    expect([before, after]).toEqual([{ spec: { paused: null } }, { spec: { paused: true } }]);
  });

  test("says that no pod moves, and which action and command let it go on", async () => {
    expect(await planned()).toMatchObject({
      podsAffected: 0,
      pods: [],
      now: "2 of 3 pods serve (revision 2); 1 pod (revision 3) cannot start: CrashLoopBackOff",
      touches: "this workload: no further pod is replaced, and the 2 of 3 that serve stay as they are",
      backOut: {
        command: "kubectl -n shop rollout resume deployment web",
        action: {
          action: "resume_rollout",
          arguments: [
            { name: "deployment", value: "web" },
            { name: "namespace", value: "shop" },
          ],
        },
      },
    });
  });

  test.each([
    ["object-not-found", []],
    ["being-deleted", [deployment(BAD, { metadata: { deletionTimestamp: "2026-11-22T02:00:00Z" } })]],
    ["rollout-paused", [PAUSED]],
    ["rollout-complete", [deployment(BAD)]],
  ])("is refused as %s", async (rule, objects) => {
    expect(await plan(...objects)).toMatchObject({ outcome: "refused", rule });
  });
});

test.each([
  ["yes", PAUSED],
  ["no", ROLLING],
  ["cannot-tell", deployment(BAD, { metadata: { generation: 5 } })],
  ["cannot-tell", deployment(GOOD, { spec: { paused: true }, metadata: { generation: 5 } })],
  ["cannot-tell", deployment(BAD, { spec: { paused: true }, metadata: { uid: "d-2" } })],
])("whether it landed is %s: a generation that moved may hide a pause that was taken back", async (landed, object) => {
  expect(await action.landed(planOf(await planned(), action.name), clusterOf([object]))).toBe(landed);
});

describe("verifying", () => {
  const check = async (object: KubeObject, ...pods: readonly KubeObject[]) =>
    action.verify(planOf(await planned(), action.name), clusterOf([object, ...SETS, ...pods]), undefined, WORLD);

  test.each([
    ["healthy", PAUSED],
    ["pending", deployment(BAD, { spec: { paused: true }, metadata: { generation: 4 } })],
    ["failed", ROLLING],
    ["failed", deployment(BAD, { spec: { paused: true }, metadata: { uid: "d-2" } })],
  ])("is %s by what the controller has seen", async (outcome, object) => {
    expect((await check(object, ...PODS)).outcome).toBe(outcome);
  });

  test("a pod that goes on crashing does not unsettle it, and a serving one that is replaced does", async () => {
    const [a, b, c] = PODS;
    const { print } = await check(PAUSED, ...PODS);
    expect(a && b && c && (await check(PAUSED, a, b, pod("d", 3, "crashing"))).print).toBe(print);
    expect(a && c && (await check(PAUSED, a, pod("e", 2, "ready"), c)).print).not.toBe(print);
  });
});
