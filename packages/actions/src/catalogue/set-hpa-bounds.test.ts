import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { HorizontalPodAutoscaler, KubeObject } from "@holdfast/cluster";
import { clusterOf, deployment, planOf, template, WORLD } from "../example-cluster.ts";
import { action } from "./set-hpa-bounds.ts";

const HOLDS = template({ image: "web:1" });
const GIVEN = { namespace: "shop", hpa: "web", minReplicas: "2", maxReplicas: "8" };

function hpa(spec: object = {}, metadata: object = {}): HorizontalPodAutoscaler {
  return {
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop", uid: "h-1", ...metadata },
    spec: { scaleTargetRef: { kind: "Deployment", name: "web" }, minReplicas: 2, maxReplicas: 4, ...spec },
    status: { currentReplicas: 4, desiredReplicas: 4 },
  };
}

const web = (replicas: number, ready = replicas) =>
  deployment(HOLDS, { spec: { replicas }, status: { readyReplicas: ready } });

const plan = (objects: readonly KubeObject[], given: Readonly<Record<string, string>> = GIVEN) =>
  action.plan(clusterOf(objects), given, WORLD);

async function planned(
  objects: readonly KubeObject[] = [hpa(), web(4)],
  given: Readonly<Record<string, string>> = GIVEN,
) {
  const planning = await plan(objects, given);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

describe("the plan", () => {
  test("seals both bounds, as they were seen and as they are to be", async () => {
    const { request, before, after } = await planned();
    expect(action.door(GIVEN)).toEqual({ verb: request.verb, path: request.path });
    expect(request.path).toBe(
      "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web?fieldManager=holdfast&fieldValidation=Strict",
    );
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "h-1" },
      { op: "test", path: "/spec/minReplicas", value: 2 },
      { op: "test", path: "/spec/maxReplicas", value: 4 },
      { op: "add", path: "/spec/minReplicas", value: 2 },
      { op: "add", path: "/spec/maxReplicas", value: 8 },
    ]);
    expect([before, after]).toEqual([{ spec: { maxReplicas: 4 } }, { spec: { maxReplicas: 8 } }]);
  });

  test("a minimum that is absent is sealed as absent", async () => {
    const { request, before } = await planned([hpa({ minReplicas: null }), web(4)]);
    expect(JSON.parse(request.body.toString("utf8"))[1]).toEqual({
      op: "test",
      path: "/spec/minReplicas",
      value: null,
    });
    expect(before).toEqual({ spec: { minReplicas: null, maxReplicas: 4 } });
  });

  test("is about the workload that it scales", async () => {
    expect(await planned()).toMatchObject({
      target: { kind: "HorizontalPodAutoscaler", name: "web", uid: "h-1" },
      subject: "sandbox/shop/Deployment/web",
      now: "between 2 and 4 pods, and now 4",
    });
  });

  test.each([
    ["2", "8", 4, 4, "Deployment web: up to 4 pods more may run than before"],
    ["3", "4", 4, 0, "Deployment web: no pod moves at once"],
    ["1", "4", 4, 1, "Deployment web: up to 1 pod fewer may run than before"],
    ["2", "3", 4, 1, "Deployment web: 1 pod stops at once"],
    ["4", "6", 3, 2, "Deployment web: 1 pod starts at once; up to 2 pods more may run than before"],
  ])(
    "bounds of %s and %s touch what they can move",
    async (minReplicas, maxReplicas, replicas, podsAffected, touches) => {
      const change = await planned([hpa(), web(replicas)], { ...GIVEN, minReplicas, maxReplicas });
      expect(change).toMatchObject({ podsAffected, touches });
    },
  );

  test("comes with the command that puts the old bounds back, where nobody moved the new ones", async () => {
    const { backOut } = await planned();
    expect(backOut?.action).toEqual({
      action: "set_hpa_bounds",
      arguments: [
        { name: "hpa", value: "web" },
        { name: "maxReplicas", value: "4" },
        { name: "minReplicas", value: "2" },
        { name: "namespace", value: "shop" },
      ],
    });
    const words = execFileSync("sh", ["-c", (backOut?.command ?? "").replace(/^kubectl/, "printf '%s\\n'")])
      .toString("utf8")
      .trimEnd()
      .split("\n");
    expect(words.slice(0, -1)).toEqual(["-n", "shop", "patch", "hpa", "web", "--type=json", "-p"]);
    expect(JSON.parse(words.at(-1) ?? "")).toEqual([
      { op: "test", path: "/metadata/uid", value: "h-1" },
      { op: "test", path: "/spec/minReplicas", value: 2 },
      { op: "test", path: "/spec/maxReplicas", value: 8 },
      { op: "replace", path: "/spec/minReplicas", value: 2 },
      { op: "replace", path: "/spec/maxReplicas", value: 4 },
    ]);
  });

  test("names the tool that will take it back", async () => {
    const owned = hpa({}, { labels: { "argocd.argoproj.io/instance": "shop" } });
    expect((await planned([owned, web(4)])).owner?.name).toBe('Argo CD "shop"');
  });

  test.each([
    ["object-not-found", [web(4)], {}],
    ["being-deleted", [hpa({}, { deletionTimestamp: "2026-11-22T02:00:00Z" }), web(4)], {}],
    ["not-a-workload", [hpa()], {}],
    ["not-a-workload", [hpa({ scaleTargetRef: { kind: "Rollout", name: "web" } }), web(4)], {}],
    ["min-above-max", [hpa(), web(4)], { minReplicas: "5", maxReplicas: "4" }],
    ["scaled-to-zero", [hpa({ minReplicas: 0 }), web(4)], {}],
    ["already-at-target", [hpa(), web(4)], { maxReplicas: "4" }],
    ["max-more-than-doubled", [hpa(), web(4)], { maxReplicas: "9" }],
    ["arguments-invalid", [hpa(), web(4)], { minReplicas: "0" }],
    ["arguments-invalid", [hpa(), web(4)], { maxReplicas: "+8" }],
    ["arguments-invalid", [hpa(), web(4)], { hpa: "a/b" }],
  ])("is refused as %s", async (rule, objects, more) => {
    expect(await plan(objects, { ...GIVEN, ...more })).toMatchObject({ outcome: "refused", rule });
  });
});

describe("afterwards", () => {
  const sealed = async () => planOf(await planned(), action.name);

  test.each([
    ["yes", [hpa({ maxReplicas: 8 })]],
    ["no", [hpa()]],
    ["cannot-tell", [hpa({ maxReplicas: 6 })]],
    ["cannot-tell", [hpa({ minReplicas: 1 })]],
    ["cannot-tell", [hpa({ maxReplicas: 8 }, { uid: "h-2" })]],
    ["cannot-tell", []],
  ])("whether it landed is %s by both bounds", async (landed, objects) => {
    expect(await action.landed(await sealed(), clusterOf(objects))).toBe(landed);
  });

  test.each([
    ["healthy", [hpa({ maxReplicas: 8 }), web(6)]],
    ["pending", [hpa({ maxReplicas: 8 }), web(6, 5)]],
    ["pending", [hpa({ maxReplicas: 8 }), web(1)]],
    ["failed", [hpa({ maxReplicas: 8 })]],
    ["failed", [hpa({ maxReplicas: 6 }), web(6)]],
    ["failed", [web(6)]],
  ])("verifying is %s by the pods within the bounds", async (outcome, objects) => {
    expect((await action.verify(await sealed(), clusterOf(objects), undefined, WORLD)).outcome).toBe(outcome);
  });
});
