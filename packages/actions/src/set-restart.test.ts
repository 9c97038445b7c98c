import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { action as restartDaemonSet } from "./catalogue/restart-daemonset.ts";
import { action as restartStatefulSet } from "./catalogue/restart-statefulset.ts";
import { clusterOf, planOf, template, WORLD } from "./example-cluster.ts";
import { controllerRevision, daemonSet, setPod, statefulSet } from "./example-sets.ts";

const HOLDS = template({ image: "db:1" });
const TIME = "2026-11-22T03:00:00.000Z";
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const ANNOTATED = { ...HOLDS, metadata: { ...HOLDS.metadata, annotations: { [RESTARTED_AT]: TIME } } };

describe.each([
  { kind: "StatefulSet", argument: "statefulset", action: restartStatefulSet, set: statefulSet, hash: "db-3" },
  { kind: "DaemonSet", argument: "daemonset", action: restartDaemonSet, set: daemonSet, hash: "3" },
])("restarting a $kind", ({ kind, argument, action, set, hash }) => {
  const PODS = ["db-0", "db-1", "db-2"].map((name) => setPod(name, hash, "ready"));
  const KEPT = [controllerRevision(3, HOLDS)];
  const given = { namespace: "shop", [argument]: "db" };
  const plan = (...objects: readonly KubeObject[]) => action.plan(clusterOf(objects), given, WORLD);

  async function planned(object: KubeObject = set(HOLDS)) {
    const planning = await plan(object, ...KEPT, ...PODS);
    if (planning.outcome === "refused") throw new Error(planning.reason);
    return planning.change;
  }

  test("seals the moment of the restart, bound to the object and the template that were seen", async () => {
    const { request, before, after } = await planned();
    expect(action.door(given)).toEqual({ verb: request.verb, path: request.path });
    expect(request.path).toBe(
      `/apis/apps/v1/namespaces/shop/${argument}s/db?fieldManager=holdfast&fieldValidation=Strict`,
    );
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "s-1" },
      { op: "test", path: "/spec/template", value: HOLDS },
      { op: "add", path: "/spec/template/metadata/annotations", value: { [RESTARTED_AT]: TIME } },
    ]);
    expect([before, after]).toEqual(
      [null, TIME].map((time) => ({ spec: { template: { metadata: { annotations: { [RESTARTED_AT]: time } } } } })),
    );
  });

  test("is about the set itself, affects every pod, and heals by itself", async () => {
    expect(await planned()).toMatchObject({
      subject: `sandbox/shop/${kind}/db`,
      podsAffected: 3,
      pods: ["db-0", "db-1", "db-2"],
      touches: expect.stringMatching(
        /: all 3 pods are replaced, (one after the other, from the last to the first|a few at a time)$/,
      ),
      now: "3 of 3 pods serve (revision 3)",
      backOut: { kind: "self_heals" },
      owner: null,
    });
  });

  test("counts the pods that it made, whatever else carries their labels", async () => {
    const stranger = setPod("stranger", hash, "ready");
    const foreign = { ...stranger, metadata: { ...stranger.metadata, ownerReferences: [] } };
    const planning = await plan(set(HOLDS), ...KEPT, ...PODS, foreign);
    expect(planning.outcome === "planned" && planning.change.pods).toEqual(["db-0", "db-1", "db-2"]);
  });

  test("GitOps leaves a restart alone, and it is said who owns the rest", async () => {
    const { facts } = await planned(set(HOLDS, { metadata: { labels: { "argocd.argoproj.io/instance": "shop" } } }));
    expect(facts.find((fact) => fact.name === "owner")?.value).toBe(
      'Argo CD "shop"; its syncs leave a restart as it is',
    );
  });

  test.each([
    ["object-not-found", []],
    ["being-deleted", [set(HOLDS, { metadata: { deletionTimestamp: "2026-11-22T02:00:00Z" } })]],
    ["not-rolling", [set(HOLDS, { spec: { updateStrategy: { type: "OnDelete" } } })]],
  ])("is refused as %s", async (rule, objects) => {
    expect(await plan(...objects)).toMatchObject({ outcome: "refused", rule });
  });

  test.each([
    ["yes", [set(ANNOTATED), ...KEPT]],
    ["no", [set(HOLDS), ...KEPT]],
    ["cannot-tell", [set(HOLDS), controllerRevision(5, HOLDS)]],
    ["cannot-tell", [set(template({ image: "db:2" })), ...KEPT]],
    ["cannot-tell", [set(HOLDS, { metadata: { uid: "s-2" } }), ...KEPT]],
    ["cannot-tell", []],
  ])("whether it landed is %s, by its own moment in the template", async (landed, objects) => {
    expect(await action.landed(planOf(await planned(), action.name), clusterOf(objects))).toBe(landed);
  });

  const AFTER = set(ANNOTATED, { metadata: { generation: 4 }, status: { observedGeneration: 4 } });
  const NEW = [controllerRevision(4, ANNOTATED), ...KEPT];
  const FRESH = ["x", "y", "z"].map((name) => setPod(name, hash.replace("3", "4"), "ready"));

  test.each([
    ["healthy", [AFTER, ...NEW, ...FRESH]],
    ["pending", [set(ANNOTATED, { metadata: { generation: 4 } }), ...NEW, ...FRESH]],
    ["pending", [AFTER, ...NEW, ...FRESH.slice(1), setPod("x", hash.replace("3", "4"), "crashing")]],
    ["pending", [AFTER, ...NEW, ...PODS]],
    ["failed", [set(HOLDS), ...NEW, ...FRESH]],
    ["failed", []],
  ])("verifying is %s by the new pods", async (outcome, objects) => {
    const answer = { status: 200, says: "", object: { metadata: { generation: 4 } } };
    const check = await action.verify(planOf(await planned(), action.name), clusterOf(objects), answer, WORLD);
    expect(check.outcome).toBe(outcome);
  });
});

describe("a StatefulSet", () => {
  const DB = { namespace: "shop", statefulset: "db" };

  test("that somebody rolls out by hand is left to them", async () => {
    const object = statefulSet(HOLDS, { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } });
    expect(await restartStatefulSet.plan(clusterOf([object]), DB, WORLD)).toMatchObject({
      rule: "rollout-partitioned",
    });
  });

  test.each([
    [
      "OrderedReady",
      /; db-1 cannot start: CrashLoopBackOff, and the controller goes in order: it waits for it until somebody deletes it$/,
    ],
    ["Parallel", /: its one pod is replaced$/],
  ])("of policy %s says whether it waits for a broken pod", async (podManagementPolicy, touches) => {
    const objects = [statefulSet(HOLDS, { spec: { podManagementPolicy } }), setPod("db-1", "db-3", "crashing")];
    const planning = await restartStatefulSet.plan(clusterOf(objects), DB, WORLD);
    expect(planning.outcome === "planned" && planning.change.touches).toMatch(touches);
  });
});

test("a DaemonSet reaches every node, and its scope says so", async () => {
  const objects = [daemonSet(HOLDS), setPod("db-x", "3", "ready")];
  const planning = await restartDaemonSet.plan(clusterOf(objects), { namespace: "shop", daemonset: "db" }, WORLD);
  expect(restartDaemonSet.scope).toBe("cluster");
  expect(planning.outcome === "planned" && planning.change.touches).toBe(
    "every node of the cluster that runs it: its one pod is replaced",
  );
});
