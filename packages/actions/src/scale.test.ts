import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { action as scaleDown } from "./catalogue/scale-down.ts";
import { action as scaleUp } from "./catalogue/scale-up.ts";
import { clusterOf, deployment, planOf, pod, replicaSet, template, WORLD } from "./example-cluster.ts";
import { controllerRevision, setPod, statefulSet } from "./example-sets.ts";

const HOLDS = template({ image: "web:1", extra: { volumes: [{ name: "cache", emptyDir: {} }] } });
const WEB = [deployment(HOLDS), replicaSet(3, HOLDS), pod("a", 3, "ready"), pod("b", 3, "ready"), pod("c", 3, "ready")];
const db = (spec: object = {}) => [
  statefulSet(HOLDS, { spec }),
  controllerRevision(3, HOLDS),
  ...["db-0", "db-1", "db-2"].map((name) => setPod(name, "db-3", "ready")),
];
const autoscaler = (kind: string, name: string) => ({
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "keeps", namespace: "shop" },
  spec: { scaleTargetRef: { kind, name } },
});

const UP = { namespace: "shop", deployment: "web", replicas: "5" };
const DOWN = { namespace: "shop", statefulset: "db", replicas: "1" };

async function planned(
  action: typeof scaleUp,
  objects: readonly KubeObject[],
  given: Readonly<Record<string, string>>,
) {
  const planning = await action.plan(clusterOf(objects), given, WORLD);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  expect(action.door(given)).toEqual({ verb: planning.change.request.verb, path: planning.change.request.path });
  return planning.change;
}

describe("the plan", () => {
  test("seals the number that was seen and the one that is to be, at the scale of that very object", async () => {
    const { request, before, after } = await planned(scaleUp, WEB, UP);
    expect(request.path).toBe(
      "/apis/apps/v1/namespaces/shop/deployments/web/scale?fieldManager=holdfast&fieldValidation=Strict",
    );
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "d-1" },
      { op: "test", path: "/spec/replicas", value: 3 },
      { op: "replace", path: "/spec/replicas", value: 5 },
    ]);
    expect([before, after]).toEqual([{ spec: { replicas: 3 } }, { spec: { replicas: 5 } }]);
    expect((await planned(scaleDown, db(), DOWN)).request.path).toContain("/statefulsets/db/scale?");
  });

  test("up: more start, and scaling down undoes it", async () => {
    expect(await planned(scaleUp, WEB, UP)).toMatchObject({
      subject: "sandbox/shop/Deployment/web",
      podsAffected: 2,
      pods: [],
      now: "3 of 3 pods serve (revision 3)",
      touches: "this workload: 2 pods more start; the 3 pods that it has stay",
      notUndone: [],
      backOut: {
        command: "kubectl -n shop scale deployment web --current-replicas=5 --replicas=3",
        action: {
          action: "scale_down",
          arguments: [
            { name: "deployment", value: "web" },
            { name: "namespace", value: "shop" },
            { name: "replicas", value: "3" },
          ],
        },
      },
    });
  });

  test("up: a StatefulSet's new pods claim volumes that stay when they go", async () => {
    const claiming = db({ volumeClaimTemplates: [{ metadata: { name: "data" } }] });
    expect((await planned(scaleUp, claiming, { ...DOWN, replicas: "4" })).notUndone).toEqual([
      "data that its pods share out anew when their number changes",
      "the volumes data that the new pods claim",
    ]);
  });

  test("down: a StatefulSet stops its last pods, and says what they take with them", async () => {
    expect(await planned(scaleDown, db(), DOWN)).toMatchObject({
      subject: "sandbox/shop/StatefulSet/db",
      podsAffected: 2,
      pods: ["db-1", "db-2"],
      touches: "this workload: 2 of 3 pods stop, the last first",
      notUndone: [
        "what the stopped pods wrote to their volume cache (emptyDir)",
        "data that its pods share out anew when their number changes",
      ],
      backOut: { action: { action: "scale_up" } },
    });
  });

  test("down: which pods of a Deployment stop is its controller's choice", async () => {
    expect(await planned(scaleDown, WEB, { ...UP, replicas: "1" })).toMatchObject({
      podsAffected: 2,
      pods: [],
      touches: "this workload: 2 of 3 pods stop; its controller picks which",
    });
  });

  test("a StatefulSet that waits for a broken pod says so", async () => {
    const broken = [...db().slice(0, -1), setPod("db-2", "db-3", "crashing")];
    expect((await planned(scaleUp, broken, { ...DOWN, replicas: "4" })).touches).toContain(
      "the controller goes in order",
    );
  });

  test("names the tool that will take it back", async () => {
    const owned = deployment(HOLDS, { metadata: { labels: { "argocd.argoproj.io/instance": "shop" } } });
    expect((await planned(scaleUp, [owned, ...WEB.slice(1)], UP)).owner?.name).toBe('Argo CD "shop"');
  });
});

describe("scaling is refused", () => {
  const deleting = { metadata: { deletionTimestamp: "2026-11-22T02:00:00Z" } };
  test.each([
    ["object-not-found", scaleUp, [], UP],
    ["object-not-found", scaleUp, WEB, { ...DOWN, replicas: "4" }],
    ["being-deleted", scaleUp, [deployment(HOLDS, deleting)], UP],
    ["being-deleted", scaleDown, [statefulSet(HOLDS, deleting)], DOWN],
    ["scaled-to-zero", scaleUp, [deployment(HOLDS, { spec: { replicas: 0 } })], UP],
    ["already-at-target", scaleUp, WEB, { ...UP, replicas: "3" }],
    ["autoscaled", scaleUp, [...WEB, autoscaler("Deployment", "web")], UP],
    ["autoscaled", scaleDown, [...db(), autoscaler("StatefulSet", "db")], DOWN],
    ["not-more", scaleUp, WEB, { ...UP, replicas: "2" }],
    ["not-fewer", scaleDown, WEB, UP],
    ["deletes-volumes", scaleDown, db({ persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" } }), DOWN],
    ["arguments-invalid", scaleDown, WEB, { ...UP, replicas: "0" }],
    ["arguments-invalid", scaleUp, WEB, { ...UP, replicas: "-1" }],
    ["arguments-invalid", scaleUp, WEB, { ...UP, replicas: "1e3" }],
    ["arguments-invalid", scaleUp, WEB, { ...UP, replicas: "5.0" }],
    ["arguments-invalid", scaleUp, WEB, { ...UP, replicas: "10000" }],
    ["arguments-invalid", scaleUp, WEB, { ...UP, statefulset: "db" }],
    ["arguments-invalid", scaleUp, WEB, { namespace: "shop", replicas: "5" }],
    ["arguments-invalid", scaleUp, WEB, { ...UP, deployment: "../nodes" }],
  ])("as %s", async (rule, action, objects, given) => {
    expect(await action.plan(clusterOf(objects), given, WORLD)).toMatchObject({ outcome: "refused", rule });
  });

  test("by nobody else's autoscaler", async () => {
    const others = [...WEB, autoscaler("StatefulSet", "web"), autoscaler("Deployment", "api")];
    expect((await scaleUp.plan(clusterOf(others), UP, WORLD)).outcome).toBe("planned");
  });
});

describe("afterwards", () => {
  const sealed = async () => planOf(await planned(scaleUp, WEB, UP), scaleUp.name);
  const at = (replicas: number, change: object = {}) => deployment(HOLDS, { spec: { replicas }, ...change });

  test.each([
    ["yes", [at(5)]],
    ["no", [at(3)]],
    ["cannot-tell", [at(4, { metadata: { generation: 4 } })]],
    ["cannot-tell", [at(3, { metadata: { generation: 5 } })]],
    ["cannot-tell", [at(5, { metadata: { uid: "d-2" } })]],
    ["cannot-tell", []],
  ])("whether it landed is %s", async (landed, objects) => {
    expect(await scaleUp.landed(await sealed(), clusterOf(objects))).toBe(landed);
  });

  const more = [...WEB.slice(1), pod("d", 3, "ready"), pod("e", 3, "ready")];
  test.each([
    ["healthy", [at(5), ...more]],
    ["pending", [at(5), ...WEB.slice(1)]],
    ["pending", [at(5), ...more.slice(0, -1), pod("e", 3, "crashing")]],
    ["pending", [at(5), ...more, pod("f", 3, "ready")]],
    ["pending", [at(5), ...more, pod("f", 3, "crashing")]],
    ["failed", [at(4), ...more]],
    ["failed", [at(5, { metadata: { uid: "d-2" } }), ...more]],
  ])("verifying is %s by the pods that serve", async (outcome, objects) => {
    expect((await scaleUp.verify(await sealed(), clusterOf(objects), undefined, WORLD)).outcome).toBe(outcome);
  });

  test("a StatefulSet is judged by its own pods", async () => {
    const plan = planOf(await planned(scaleDown, db(), DOWN), scaleDown.name);
    const [, kept, first] = db();
    const one = clusterOf([statefulSet(HOLDS, { spec: { replicas: 1 } }), ...(kept && first ? [kept, first] : [])]);
    expect(await scaleDown.landed(plan, one)).toBe("yes");
    expect(await scaleDown.verify(plan, one, undefined, WORLD)).toMatchObject({
      outcome: "healthy",
      says: "1 of 1 pod serves (revision 3).",
    });
  });
});
