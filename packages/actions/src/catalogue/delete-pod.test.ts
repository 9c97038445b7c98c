import { describe, expect, test } from "vitest";
import type { KubeObject } from "@holdfast/cluster";
import { clusterOf, planOf, pod, replicaSet, template, WORLD } from "../example-cluster.ts";
import { action } from "./delete-pod.ts";

const SET = replicaSet(3, template({ image: "web:1" }));
const POD = { namespace: "shop", pod: "a" };
const PEERS = [pod("b", 3, "ready"), pod("c", 3, "ready")];
const owned = (kind: string, controller = true) => ({
  ...pod("a", 3, "ready"),
  metadata: { ...pod("a", 3, "ready").metadata, ownerReferences: [{ kind, name: "web-3", uid: "rs-3", controller }] },
});

const plan = (...objects: readonly KubeObject[]) => action.plan(clusterOf(objects), POD, WORLD);

async function planned(...objects: readonly KubeObject[]) {
  const planning = await plan(...objects);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

describe("the plan", () => {
  test("deletes that very pod gracefully, and is about the workload above it", async () => {
    const change = await planned(SET, pod("a", 3, "crashing"), ...PEERS);
    expect(change.request).toMatchObject({
      verb: "DELETE",
      path: "/api/v1/namespaces/shop/pods/a",
      contentType: "application/json",
    });
    expect(change.request.body.toString("utf8")).toBe('{"preconditions":{"uid":"uid-a"}}');
    expect(change).toMatchObject({
      subject: "sandbox/shop/Deployment/web",
      podsAffected: 1,
      now: "this pod cannot start: CrashLoopBackOff; 2 others of 3 pods serve",
      touches: "this pod goes and Deployment web starts a new one; the 2 other serving pods stay",
      backOut: { kind: "self_heals", because: "ReplicaSet web-3 replaces the pod by itself." },
    });
  });

  test("never quotes what a container wrote", async () => {
    expect(JSON.stringify(await planned(SET, pod("a", 3, "crashing")))).not.toContain("attacker");
  });

  test.each([
    ["object-not-found", [SET]],
    ["being-deleted", [SET, pod("a", 3, "stopping")]],
    ["not-controlled", [SET, owned("ReplicaSet", false)]],
    ["not-controlled", [SET, owned("Job")]],
    ["not-controlled", [SET, owned("Node")]],
    ["not-controlled", [pod("a", 3, "ready")]],
  ])("is refused as %s where nothing would bring the pod back", async (rule, objects) => {
    expect(await plan(...objects)).toMatchObject({ outcome: "refused", rule });
  });
});

describe("afterwards", () => {
  const sealed = async () => planOf(await planned(SET, pod("a", 3, "crashing"), ...PEERS), action.name);

  test.each([
    ["no", [pod("a", 3, "crashing")]],
    ["yes", [pod("a", 3, "stopping")]],
    ["yes", []],
    ["yes", [{ ...pod("a", 3, "ready"), metadata: { ...pod("a", 3, "ready").metadata, uid: "uid-new" } }]],
  ])("it landed: %s, by the uid and not by the name", async (landed, objects) => {
    expect(await action.landed(await sealed(), clusterOf(objects))).toBe(landed);
  });

  test.each([
    ["healthy", [SET, ...PEERS, pod("d", 3, "ready")]],
    ["pending", [SET, ...PEERS, pod("d", 3, "crashing")]],
    ["pending", [SET, ...PEERS, pod("d", 3, "ready"), pod("a", 3, "stopping")]],
    ["failed", [...PEERS]],
  ])("the controller's own number of ready pods decides: %s", async (outcome, objects) => {
    expect((await action.verify(await sealed(), clusterOf(objects), undefined, WORLD)).outcome).toBe(outcome);
  });
});
