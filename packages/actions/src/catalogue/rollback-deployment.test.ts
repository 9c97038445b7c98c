import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import type { Change } from "../action.ts";
import { clusterOf, deployment, planOf, pod, replicaSet, template, WORLD } from "../example-cluster.ts";
import { action } from "./rollback-deployment.ts";

const GOOD = template({ image: "web:1", env: { MODE: "v1" } });
const BAD = template({
  image: "web:2",
  env: { MODE: "it's v2" },
  extra: { volumes: [{ name: "c", configMap: { name: "web-config" } }] },
});
const PODS = [pod("a", 2, "ready"), pod("b", 2, "ready"), pod("c", 3, "crashing"), pod("d", 2, "stopping")];
const RELEASED = [
  deployment(BAD),
  replicaSet(1, template({ image: "web:0" })),
  replicaSet(2, GOOD),
  replicaSet(3, BAD),
  replicaSet(9, GOOD, "other"),
  ...PODS,
];
const WEB = { namespace: "shop", deployment: "web" };

async function planned(
  objects: readonly KubeObject[] = RELEASED,
  given: Readonly<Record<string, string>> = WEB,
): Promise<Change> {
  const planning = await action.plan(clusterOf(objects), given, WORLD);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

const refusal = async (objects: readonly KubeObject[], given: Readonly<Record<string, string>> = WEB) => {
  const planning = await action.plan(clusterOf(objects), given, WORLD);
  return planning.outcome === "refused" ? planning.rule : planning.outcome;
};

const sealed = async () => planOf(await planned(), "rollback_deployment");

describe("the plan", () => {
  test("puts back the template of the second highest revision, bound to what was read and to nothing else", async () => {
    const { request } = await planned();
    expect(request).toMatchObject({
      verb: "PATCH",
      contentType: "application/json-patch+json",
      path: "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=holdfast&fieldValidation=Strict",
    });
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "d-1" },
      { op: "test", path: "/spec/template", value: BAD },
      { op: "test", path: "/spec/paused", value: null },
      {
        op: "replace",
        path: "/spec/template",
        value: { ...GOOD, metadata: { ...GOOD.metadata, creationTimestamp: null } },
      },
    ]);
  });

  test("says what a person must know, with the counts of this moment", async () => {
    const { now, touches, podsAffected, pods, before, after, notUndone, subject, owner } = await planned();
    expect({ now, touches, podsAffected, pods, before, after, notUndone, subject, owner }).toMatchInlineSnapshot(`
      {
        "after": {
          "spec": {
            "template": {
              "spec": {
                "containers": [
                  {
                    "env": [
                      {
                        "name": "MODE",
                        "value": "v1",
                      },
                    ],
                    "image": "web:1",
                    "name": "web",
                  },
                ],
                "volumes": null,
              },
            },
          },
        },
        "before": {
          "spec": {
            "template": {
              "spec": {
                "containers": [
                  {
                    "env": [
                      {
                        "name": "MODE",
                        "value": "it's v2",
                      },
                    ],
                    "image": "web:2",
                    "name": "web",
                  },
                ],
                "volumes": [
                  {
                    "configMap": {
                      "name": "web-config",
                    },
                    "name": "c",
                  },
                ],
              },
            },
          },
        },
        "notUndone": [
          "ConfigMap web-config",
        ],
        "now": "2 of 3 pods serve (revision 2); 1 pod (revision 3) cannot start: CrashLoopBackOff",
        "owner": null,
        "pods": [
          "c",
        ],
        "podsAffected": 1,
        "subject": "sandbox/shop/Deployment/web",
        "touches": "this workload: 1 broken pod goes, 1 starts; the 2 serving pods of revision 2 stay",
      }
    `);
  });

  test("comes with a command that puts the present template back, and the same as an action", async () => {
    const { backOut } = await planned();
    expect(backOut?.action).toEqual({
      action: "rollback_deployment",
      arguments: [
        { name: "deployment", value: "web" },
        { name: "namespace", value: "shop" },
        { name: "toTemplateOf", value: "web-3" },
      ],
    });
    const words = execFileSync("sh", ["-c", (backOut?.command ?? "").replace(/^kubectl/, "printf '%s\\n'")])
      .toString("utf8")
      .trimEnd()
      .split("\n");
    expect(words.slice(0, -1)).toEqual(["-n", "shop", "patch", "deployment", "web", "--type=json", "-p"]);
    expect(JSON.parse(words.at(-1) ?? "")).toEqual([
      { op: "test", path: "/metadata/uid", value: "d-1" },
      { op: "replace", path: "/spec/template", value: BAD },
    ]);
  });

  test("takes the template of the ReplicaSet that is named", async () => {
    const { after } = await planned(RELEASED, { ...WEB, toTemplateOf: "web-1" });
    expect(JSON.stringify(after)).toContain("web:0");
  });

  test("seals bytes that depend on the live object and the arguments alone", async () => {
    const once = (await planned()).request.body;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(RELEASED, { minLength: RELEASED.length }),
        fc.date({ noInvalidDate: true }),
        fc.string(),
        fc.nat(50),
        async (objects, now, cluster, replicas) => {
          const moved = objects.map((each) =>
            each.kind === "Deployment"
              ? deployment(BAD, { spec: { replicas }, metadata: { resourceVersion: cluster } })
              : each,
          );
          const planning = await action.plan(clusterOf(moved), WEB, { cluster, now: () => now });
          expect(planning.outcome === "planned" && planning.change.request.body.equals(once)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("names the tool that will take it back", async () => {
    const owned = deployment(BAD, { metadata: { labels: { "argocd.argoproj.io/instance": "shop" } } });
    expect((await planned([owned, ...RELEASED.slice(1)])).owner?.name).toBe('Argo CD "shop"');
  });
});

describe("a rollback is refused", () => {
  test.each([
    ["object-not-found", RELEASED.slice(1), WEB],
    [
      "being-deleted",
      [deployment(BAD, { metadata: { deletionTimestamp: "2026-11-22T02:00:00Z" } }), ...RELEASED.slice(1)],
      WEB,
    ],
    ["rollout-paused", [deployment(BAD, { spec: { paused: true } }), ...RELEASED.slice(1)], WEB],
    ["no-earlier-revision", [deployment(BAD), replicaSet(3, BAD)], WEB],
    ["no-earlier-revision", RELEASED, { ...WEB, toTemplateOf: "web-9" }],
    ["already-at-target", RELEASED, { ...WEB, toTemplateOf: "web-3" }],
    ["rollout-not-observed", [deployment(template({ image: "web:7" })), ...RELEASED.slice(1)], WEB],
    ["arguments-invalid", RELEASED, { namespace: "shop", deployment: "../../nodes/x" }],
    ["arguments-invalid", RELEASED, { ...WEB, replicas: "0" }],
    ["arguments-invalid", RELEASED, { namespace: "shop" }],
  ])("as %s", async (rule, objects, given) => {
    expect(await refusal(objects, given as Readonly<Record<string, string>>)).toBe(rule);
  });
});

describe("whether it landed", () => {
  const landed = async (...objects: readonly KubeObject[]) => action.landed(await sealed(), clusterOf(objects));

  test("is yes where the template is the sealed one, however many replicas there are", async () => {
    expect(await landed(deployment(GOOD, { spec: { replicas: 9 } }))).toBe("yes");
  });

  test("is no only where the sealed before still holds", async () => {
    expect(await landed(deployment(BAD, { spec: { replicas: 9 } }))).toBe("no");
  });

  test.each([
    ["somebody set a third template", deployment(template({ image: "web:3" }))],
    ["another object took the name", deployment(BAD, { metadata: { uid: "d-2" } })],
    [
      "the old template is back at a later revision: it may have landed and been taken back",
      deployment(BAD, { metadata: { annotations: { "deployment.kubernetes.io/revision": "5" } } }),
    ],
  ])("cannot be told where %s", async (_, object) => {
    expect(await landed(object)).toBe("cannot-tell");
  });

  test("cannot be told where the Deployment is gone", async () => {
    expect(await landed()).toBe("cannot-tell");
  });
});

describe("verifying", () => {
  const AFTER = deployment(GOOD, { metadata: { generation: 4 }, status: { observedGeneration: 4 } });
  const healthy = [pod("a", 2, "ready"), pod("b", 2, "ready"), pod("e", 2, "ready")];
  const check = async (...objects: readonly KubeObject[]) =>
    action.verify(
      await sealed(),
      clusterOf([replicaSet(2, GOOD), replicaSet(3, BAD), ...objects]),
      { status: 200, says: "", object: { metadata: { generation: 4 } } },
      WORLD,
    );

  test("is healthy where the rollout is done and every pod serves", async () => {
    expect(await check(AFTER, ...healthy)).toMatchObject({
      outcome: "healthy",
      says: "3 of 3 pods serve (revision 2).",
      print: "uid-a:0 uid-b:0 uid-e:0",
    });
  });

  test.each([
    ["the controller has not seen it", deployment(GOOD, { metadata: { generation: 4 } }), healthy],
    ["a pod does not serve, whatever the status says", AFTER, [...healthy.slice(1), pod("f", 2, "crashing")]],
  ])("is pending where %s", async (_, object, pods) => {
    expect((await check(object, ...pods)).outcome).toBe("pending");
  });

  test("is failed where somebody changed the template again", async () => {
    expect((await check(deployment(BAD), ...healthy)).outcome).toBe("failed");
  });

  test("prints anew where a pod was replaced or restarted", async () => {
    const { print } = await check(AFTER, ...healthy);
    expect((await check(AFTER, ...healthy.slice(1), pod("g", 2, "ready"))).print).not.toBe(print);
    expect((await check(AFTER, ...healthy.slice(1), pod("a", 2, "crashing"))).print).not.toBe(print);
  });
});
