import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { action as rollbackDaemonSet } from "./catalogue/rollback-daemonset.ts";
import { action as rollbackStatefulSet } from "./catalogue/rollback-statefulset.ts";
import { clusterOf, planOf, template, WORLD } from "./example-cluster.ts";
import { controllerRevision, daemonSet, setPod, statefulSet } from "./example-sets.ts";

const GOOD = template({ image: "db:1" });
const BAD = template({ image: "db:2", env: { MODE: "it's v2" } });
const CLAIMED = template({
  image: "db:2",
  extra: { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }] },
});

describe.each([
  { kind: "StatefulSet", argument: "statefulset", action: rollbackStatefulSet, set: statefulSet, prefix: "db-" },
  { kind: "DaemonSet", argument: "daemonset", action: rollbackDaemonSet, set: daemonSet, prefix: "" },
])("rolling back a $kind", ({ kind, argument, action, set, prefix }) => {
  const PODS = [
    setPod("db-0", `${prefix}2`, "ready"),
    setPod("db-1", `${prefix}2`, "ready"),
    setPod("db-2", `${prefix}3`, "crashing"),
  ];
  const KEPT = [
    controllerRevision(1, template({ image: "db:0" })),
    controllerRevision(2, GOOD),
    controllerRevision(3, BAD),
    controllerRevision(9, GOOD, "other"),
  ];
  const given = { namespace: "shop", [argument]: "db" };
  const plan = (objects: readonly KubeObject[], wanted: Readonly<Record<string, string>> = given) =>
    action.plan(clusterOf(objects), wanted, WORLD);

  async function planned(object: KubeObject = set(BAD), wanted: Readonly<Record<string, string>> = given) {
    const planning = await plan([object, ...KEPT, ...PODS], wanted);
    if (planning.outcome === "refused") throw new Error(planning.reason);
    return planning.change;
  }

  test("puts back what the ControllerRevision keeps, without its directive, bound to what was seen", async () => {
    const { request } = await planned();
    expect(action.door(given)).toEqual({ verb: request.verb, path: request.path });
    expect(request.contentType).toBe("application/json-patch+json");
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "s-1" },
      { op: "test", path: "/spec/template", value: BAD },
      { op: "replace", path: "/spec/template", value: GOOD },
    ]);
  });

  test("says what a person must know, with the counts of this moment", async () => {
    const { before, after, ...said } = await planned();
    expect(JSON.stringify(before)).toContain("it's v2");
    expect(JSON.stringify(after)).toContain("db:1");
    expect(said).toMatchObject({
      subject: `sandbox/shop/${kind}/db`,
      podsAffected: 1,
      pods: ["db-2"],
      now: "2 of 3 pods serve (revision 2); 1 pod (revision 3) cannot start: CrashLoopBackOff",
      owner: null,
      notUndone: [],
    });
    expect(said.touches).toMatch(/: 1 broken pod is replaced; the 2 serving pods of revision 2 stay/);
  });

  test("names what it does not bring back, and the tool that will take it back", async () => {
    const object = set(CLAIMED, { metadata: { labels: { "argocd.argoproj.io/instance": "shop" } } });
    const planning = await plan([object, controllerRevision(2, GOOD), controllerRevision(3, CLAIMED)]);
    if (planning.outcome === "refused") throw new Error(planning.reason);
    expect(planning.change.notUndone).toEqual(["data in PersistentVolumeClaim data"]);
    expect(planning.change.owner?.name).toBe('Argo CD "shop"');
  });

  test("comes with a command that puts the present template back, and the same as an action", async () => {
    const { backOut } = await planned();
    const names = Object.fromEntries((backOut?.action?.arguments ?? []).map(({ name, value }) => [name, value]));
    expect([backOut?.action?.action, names]).toEqual([action.name, { ...given, toTemplateOf: "db-3" }]);
    const words = execFileSync("sh", ["-c", (backOut?.command ?? "").replace(/^kubectl/, "printf '%s\\n'")])
      .toString("utf8")
      .trimEnd()
      .split("\n");
    expect(words.slice(0, -1)).toEqual(["-n", "shop", "patch", argument, "db", "--type=json", "-p"]);
    expect(JSON.parse(words.at(-1) ?? "")).toEqual([
      { op: "test", path: "/metadata/uid", value: "s-1" },
      { op: "replace", path: "/spec/template", value: BAD },
    ]);
  });

  test("takes the template of the ControllerRevision that is named", async () => {
    expect(JSON.stringify((await planned(set(BAD), { ...given, toTemplateOf: "db-1" })).after)).toContain("db:0");
  });

  test.each([
    ["object-not-found", KEPT, {}],
    ["being-deleted", [set(BAD, { metadata: { deletionTimestamp: "2026-11-22T02:00:00Z" } }), ...KEPT], {}],
    ["not-rolling", [set(BAD, { spec: { updateStrategy: { type: "OnDelete" } } }), ...KEPT], {}],
    ["no-earlier-revision", [set(BAD), controllerRevision(3, BAD)], {}],
    ["no-earlier-revision", [set(BAD), ...KEPT], { toTemplateOf: "db-9" }],
    ["already-at-target", [set(BAD), ...KEPT], { toTemplateOf: "db-3" }],
    ["rollout-not-observed", [set(template({ image: "db:7" })), ...KEPT], {}],
    ["arguments-invalid", [set(BAD), ...KEPT], { [argument]: "../x" }],
  ])("is refused as %s", async (rule, objects, more) => {
    expect(await plan(objects, { ...given, ...more })).toMatchObject({ outcome: "refused", rule });
  });

  test.each([
    ["yes", [set(GOOD), ...KEPT]],
    ["no", [set(BAD), ...KEPT]],
    ["cannot-tell", [set(BAD), ...KEPT.slice(0, 2), controllerRevision(5, BAD)]],
    ["cannot-tell", [set(template({ image: "db:3" })), ...KEPT]],
    ["cannot-tell", [set(BAD, { metadata: { uid: "s-2" } }), ...KEPT]],
  ])("whether it landed is %s", async (landed, objects) => {
    expect(await action.landed(planOf(await planned(), action.name), clusterOf(objects))).toBe(landed);
  });

  test.each([
    ["healthy", set(GOOD), ["ready", "ready", "ready"]],
    ["pending", set(GOOD), ["ready", "ready", "crashing"]],
    ["failed", set(BAD), ["ready", "ready", "ready"]],
  ] as const)("verifying is %s by the pods of the template that is back", async (outcome, object, states) => {
    const pods = states.map((state, at) => setPod(`db-${at}`, `${prefix}2`, state));
    const sealed = planOf(await planned(), action.name);
    const check = await action.verify(sealed, clusterOf([object, ...KEPT, ...pods]), undefined, WORLD);
    expect(check.outcome).toBe(outcome);
  });
});

test("what a StatefulSet's pods keep in volumes of their own does not come back", async () => {
  const claimed = statefulSet(BAD, { spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] } });
  const objects = [claimed, controllerRevision(2, GOOD), controllerRevision(3, BAD)];
  const planning = await rollbackStatefulSet.plan(clusterOf(objects), { namespace: "shop", statefulset: "db" }, WORLD);
  expect(planning.outcome === "planned" && planning.change.notUndone).toEqual(["data in the volumes data of its pods"]);
});

describe("a StatefulSet that goes in order", () => {
  const STUCK = [
    statefulSet(BAD, { status: { currentRevision: "db-2", readyReplicas: 2 } }),
    controllerRevision(2, GOOD),
    controllerRevision(3, BAD),
    setPod("db-0", "db-2", "ready"),
    setPod("db-1", "db-2", "ready"),
    setPod("db-2", "db-3", "crashing"),
  ];
  const sealed = async () => {
    const planning = await rollbackStatefulSet.plan(clusterOf(STUCK), { namespace: "shop", statefulset: "db" }, WORLD);
    if (planning.outcome === "refused") throw new Error(planning.reason);
    return planOf(planning.change, rollbackStatefulSet.name);
  };

  test("keeps its broken pod until somebody deletes it, and the plan says so", async () => {
    expect((await sealed()).touches).toBe(
      "this workload: 1 broken pod is replaced; the 2 serving pods of revision 2 stay; db-2 cannot start: CrashLoopBackOff, and the controller goes in order: it waits for it until somebody deletes it",
    );
  });

  test("does not pass for healed while that pod is there, whatever its revisions say", async () => {
    const back = statefulSet(GOOD, { status: { currentRevision: "db-2", updateRevision: "db-2", readyReplicas: 2 } });
    const check = await rollbackStatefulSet.verify(
      await sealed(),
      clusterOf([back, ...STUCK.slice(1)]),
      undefined,
      WORLD,
    );
    expect(check).toMatchObject({
      outcome: "pending",
      says: expect.stringMatching(/2 of 3 pods are ready; db-2 .*deletes it\.$/),
    });
  });
});
