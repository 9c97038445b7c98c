import { describe, expect, test } from "vitest";
import type { CronJob, KubeObject } from "@holdfast/cluster";
import { action as resume } from "./catalogue/resume-cronjob.ts";
import { action as suspend } from "./catalogue/suspend-cronjob.ts";
import { clusterOf, planOf, WORLD } from "./example-cluster.ts";

const GIVEN = { namespace: "shop", cronjob: "nightly" };

function cronJob(spec: object = {}, metadata: object = {}): CronJob {
  return {
    kind: "CronJob",
    metadata: { name: "nightly", namespace: "shop", uid: "c-1", generation: 2, ...metadata },
    spec: { schedule: "0 3 * * *", suspend: false, ...spec },
    status: { active: [{ name: "nightly-1" }], lastScheduleTime: "2026-11-22T03:00:00Z" },
  };
}

async function planned(action: typeof suspend, object: KubeObject) {
  const planning = await action.plan(clusterOf([object]), GIVEN, WORLD);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

describe.each([
  { action: suspend, undo: "resume_cronjob", from: false, to: true },
  { action: resume, undo: "suspend_cronjob", from: true, to: false },
])("$action.name", ({ action, undo, from, to }) => {
  const BEFORE = cronJob({ suspend: from });

  test("seals whether it was suspended and whether it is to be", async () => {
    const { request, before, after } = await planned(action, BEFORE);
    expect(action.door(GIVEN)).toEqual({ verb: request.verb, path: request.path });
    expect(request.path).toBe(
      "/apis/batch/v1/namespaces/shop/cronjobs/nightly?fieldManager=holdfast&fieldValidation=Strict",
    );
    expect(JSON.parse(request.body.toString("utf8"))).toEqual([
      { op: "test", path: "/metadata/uid", value: "c-1" },
      { op: "test", path: "/spec/suspend", value: from },
      { op: "add", path: "/spec/suspend", value: to },
    ]);
    expect([before, after]).toEqual([{ spec: { suspend: from } }, { spec: { suspend: to } }]);
  });

  test("touches no pod, and the other direction undoes it", async () => {
    expect(await planned(action, BEFORE)).toMatchObject({
      subject: "sandbox/shop/CronJob/nightly",
      podsAffected: 0,
      pods: [],
      backOut: {
        command: `kubectl -n shop patch cronjob nightly --type=merge -p '{"spec":{"suspend":${from}}}'`,
        action: {
          action: undo,
          arguments: [
            { name: "cronjob", value: "nightly" },
            { name: "namespace", value: "shop" },
          ],
        },
      },
    });
  });

  test("names the tool that will take it back", async () => {
    const owned = cronJob({ suspend: from }, { labels: { "argocd.argoproj.io/instance": "shop" } });
    expect((await planned(action, owned)).owner?.name).toBe('Argo CD "shop"');
  });

  test.each([
    ["object-not-found", []],
    ["being-deleted", [cronJob({ suspend: from }, { deletionTimestamp: "2026-11-22T02:00:00Z" })]],
    [to ? "already-suspended" : "not-suspended", [cronJob({ suspend: to })]],
  ])("is refused as %s", async (rule, objects) => {
    expect(await action.plan(clusterOf(objects), GIVEN, WORLD)).toMatchObject({ outcome: "refused", rule });
  });

  test.each([
    ["yes", [cronJob({ suspend: to }, { generation: 3 })]],
    ["no", [BEFORE]],
    ["cannot-tell", [cronJob({ suspend: from }, { generation: 4 })]],
    ["cannot-tell", [cronJob({ suspend: to }, { uid: "c-2" })]],
    ["cannot-tell", []],
  ])("whether it landed is %s", async (landed, objects) => {
    expect(await action.landed(planOf(await planned(action, BEFORE), action.name), clusterOf(objects))).toBe(landed);
  });

  test.each([
    ["healthy", [cronJob({ suspend: to })]],
    ["failed", [BEFORE]],
    ["failed", []],
  ])("verifying is %s, and the next run is not waited for", async (outcome, objects) => {
    const sealed = planOf(await planned(action, BEFORE), action.name);
    const check = await action.verify(sealed, clusterOf(objects), undefined, WORLD);
    expect(check.outcome).toBe(outcome);
    if (objects.length > 0)
      expect(check.observed.find((fact) => fact.name === "next run")?.value).toBe("not waited for");
  });
});

test("suspending leaves a run that is on its way alone", async () => {
  expect(await planned(suspend, cronJob())).toMatchObject({
    now: "runs at 0 3 * * *; 1 job of it runs now",
    touches: "this CronJob: no further run starts; the 1 job of it that runs goes on",
    notUndone: ["runs that would have started meanwhile"],
  });
});

test("a field that is absent is sealed as absent, and means that it runs", async () => {
  const { request } = await planned(suspend, cronJob({ suspend: undefined }));
  expect(JSON.parse(request.body.toString("utf8"))[1]).toEqual({ op: "test", path: "/spec/suspend", value: null });
});

test.each([
  [undefined, "the last missed one at once; after more than 100 missed runs none starts at all"],
  [600, "and a missed one only if it is at most 600 s late"],
])("resuming says what becomes of missed runs where the deadline is %s", async (startingDeadlineSeconds, missed) => {
  const change = await planned(resume, cronJob({ suspend: true, startingDeadlineSeconds }));
  expect(change.touches).toBe(`this CronJob: runs start again at 0 3 * * *, ${missed}`);
});
