import { expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { clusterOf, deployment, planOf, pod, replicaSet, template, WORLD } from "../example-cluster.ts";
import { action } from "./restart-deployment.ts";

const WEB = { namespace: "shop", deployment: "web" };
const HOLDS = template({ image: "web:1" });
const TIME = "2026-11-22T03:00:00.000Z";
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const annotated = (annotations: Readonly<Record<string, string>>) => ({
  ...HOLDS,
  metadata: { ...HOLDS.metadata, annotations },
});

async function planned(object: KubeObject = deployment(HOLDS)) {
  const planning = await action.plan(
    clusterOf([object, replicaSet(3, HOLDS), pod("a", 3, "ready"), pod("b", 3, "ready")]),
    WEB,
    WORLD,
  );
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

test.each([
  ["none", HOLDS, { op: "add", path: "/spec/template/metadata/annotations", value: { [RESTARTED_AT]: TIME } }],
  [
    "others",
    annotated({ other: "1" }),
    { op: "add", path: "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", value: TIME },
  ],
])("seals the moment of the restart, beside the annotations that are there: %s", async (_, holds, change) => {
  const { request, before, after } = await planned(deployment(holds));
  expect(JSON.parse(request.body.toString("utf8"))).toEqual([
    { op: "test", path: "/metadata/uid", value: "d-1" },
    { op: "test", path: "/spec/template", value: holds },
    { op: "test", path: "/spec/paused", value: null },
    change,
  ]);
  expect([before, after]).toEqual(
    [null, TIME].map((time) => ({ spec: { template: { metadata: { annotations: { [RESTARTED_AT]: time } } } } })),
  );
});

test("affects every pod, and says where the workload is down in between", async () => {
  expect(await planned()).toMatchObject({
    podsAffected: 3,
    pods: ["a", "b"],
    touches: "this workload: all 2 pods are replaced, a few at a time",
  });
  const recreated = await planned(deployment(HOLDS, { spec: { strategy: { type: "Recreate" } } }));
  expect(recreated.touches).toContain("it is down in between");
});

test("GitOps leaves a restart alone, so nobody owns it, and it is said who owns the rest", async () => {
  const change = await planned(deployment(HOLDS, { metadata: { labels: { "argocd.argoproj.io/instance": "shop" } } }));
  expect(change.owner).toBeNull();
  expect(change.facts.find((fact) => fact.name === "owner")?.value).toBe(
    'Argo CD "shop"; its syncs leave a restart as it is',
  );
});

test.each([
  ["yes", deployment(annotated({ [RESTARTED_AT]: TIME }))],
  [
    "yes",
    deployment({
      ...annotated({ [RESTARTED_AT]: TIME }),
      spec: { containers: [{ name: "web", image: "web:2", env: [] }] },
    }),
  ],
  ["no", deployment(HOLDS)],
  ["cannot-tell", deployment(annotated({ [RESTARTED_AT]: "2026-11-22T03:00:01.000Z" }))],
  ["cannot-tell", deployment(HOLDS, { metadata: { uid: "d-2" } })],
])("whether it landed is %s by its own moment in the template", async (landed, object) => {
  expect(await action.landed(planOf(await planned(), action.name), clusterOf([object]))).toBe(landed);
});
