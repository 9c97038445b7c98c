import { preconditionFailed } from "@holdfast/cluster";
import { describe, expect, test } from "vitest";
import { deletion, DEPLOYMENT, jsonPatch, OTHER_UID, STRICT, type Bench } from "../bench.ts";
import { until } from "../place.ts";

export function writes({ name, as, settledWeb, podsOf, readyPod }: Bench): void {
  describe("a sealed deletion", () => {
    test("of another pod of that name is refused as a precondition, dry or not", async () => {
      const { name: podName = "" } = (await readyPod()).metadata ?? {};
      const sealed = deletion("shop", podName, { preconditions: { uid: OTHER_UID } });
      for (const answer of [
        await as("policy").dryRunner.dryRun(sealed),
        await as("executor").sender.send(sealed, 15_000),
      ])
        expect([answer.status, preconditionFailed(answer)], answer.says).toEqual([409, true]);
    });

    test("of a pod that is not there is not found", async () => {
      expect(
        (await as("executor").sender.send(deletion("shop", "absent", { preconditions: { uid: OTHER_UID } }), 15_000))
          .status,
      ).toBe(404);
    });

    test("of this pod gives it its grace, and the controller makes another", async () => {
      await settledWeb();
      const { name: podName = "", uid } = (await readyPod()).metadata ?? {};
      const answer = await as("executor").sender.send(deletion("shop", podName, { preconditions: { uid } }), 15_000);
      expect(answer.status).toBe(200);
      expect(answer.object?.metadata).toMatchObject({ uid, deletionGracePeriodSeconds: 30 });
      expect(typeof answer.object?.metadata?.deletionTimestamp).toBe("string");
      await until("the end of the pod", async () =>
        (await podsOf("shop", "web")).every((pod) => pod.metadata?.uid !== uid) ? true : undefined,
      );
      await settledWeb();
    });
  });

  describe("claims", () => {
    const run = `run${Date.now().toString(36)}${name}`;

    test("the first is created, the second finds it taken, and it says who and why", async () => {
      const { claims } = as("executor");
      expect(await claims.look(`${run}-1`)).toBeUndefined();
      expect(await claims.create(`${run}-1`, "executor-1", "too late")).toBe("created");
      expect(await claims.create(`${run}-1`, "executor-2", undefined)).toBe("taken");
      expect(await claims.look(`${run}-1`)).toMatchObject({ holder: "executor-1", refused: "too late" });
    });

    test("of twenty at once one is created", async () => {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, at) => as("executor").claims.create(`${run}-2`, `executor-${at}`, undefined)),
      );
      expect(all.filter((outcome) => outcome === "created")).toHaveLength(1);
    });

    test("nobody else may claim, and nobody may change or remove a claim", async () => {
      for (const who of ["triage", "policy"] as const) {
        await expect(as(who).claims.create(`${run}-3`, who, undefined)).rejects.toThrow("403 Forbidden");
        await expect(as(who).claims.look(`${run}-1`)).rejects.toThrow("403 Forbidden");
      }
      const path = `/apis/coordination.k8s.io/v1/namespaces/holdfast/leases/holdfast-${run}-1`;
      expect((await as("executor").sender.send(jsonPatch(`${path}?${STRICT}`, []), 15_000)).status).toBe(403);
      expect(
        (
          await as("executor").sender.send(
            { ...jsonPatch(path, {}), verb: "DELETE", contentType: "application/json" },
            15_000,
          )
        ).status,
      ).toBe(403);
    });

    test("outside the namespace of Holdfast there are none, and a Lease has its fields checked", async () => {
      const body = (spec: unknown) =>
        JSON.stringify({
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name: `holdfast-${run}-4` },
          spec,
        });
      const post = (namespace: string, spec: unknown) =>
        as("executor").call({
          verb: "POST",
          path: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?${STRICT}`,
          contentType: "application/json",
          body: body(spec),
        });
      expect((await post("shop", {})).status).toBe(403);
      expect((await post("holdfast", { nothing: 1 })).status).toBe(400);
      expect((await post("holdfast", { leaseDurationSeconds: 0 })).status).toBe(422);
    });
  });

  describe("who may write", () => {
    const touch = jsonPatch(`${DEPLOYMENT}?${STRICT}`, []);

    test("triage may write nothing, not even dry", async () => {
      const { name: podName = "", uid } = (await readyPod()).metadata ?? {};
      const { sender, dryRunner } = as("triage");
      expect((await sender.send(touch, 15_000)).status).toBe(403);
      expect((await dryRunner.dryRun(touch)).status).toBe(403);
      expect((await sender.send(deletion("shop", podName, { preconditions: { uid } }), 15_000)).status).toBe(403);
      expect((await sender.send(jsonPatch("/api/v1/nodes/node-1", []), 15_000)).status).toBe(403);
    });

    test("what policy may try it may not do", async () => {
      const { name: podName = "", uid } = (await readyPod()).metadata ?? {};
      const writes = [
        touch,
        deletion("shop", podName, { preconditions: { uid } }),
        jsonPatch("/api/v1/nodes/node-1", [{ op: "add", path: "/spec/unschedulable", value: true }]),
      ];
      for (const write of writes) {
        const answer = await as("policy").sender.send(write, 15_000);
        expect([answer.status, answer.says]).toEqual([403, expect.stringContaining("policy may only dry-run")]);
        expect((await as("policy").dryRunner.dryRun(write)).status).toBe(200);
      }
    });

    test("the executor may write where it is named, and nowhere else", async () => {
      const { sender } = as("executor");
      expect((await sender.send(touch, 15_000)).status).toBe(200);
      const elsewhere = [
        "/apis/apps/v1/namespaces/default/deployments/web",
        "/apis/apps/v1/namespaces/kube-system/deployments/web",
        "/api/v1/namespaces/shop",
        "/api/v1/nodes/absent",
        "/api/v1/namespaces/shop/pods/x",
      ];
      for (const path of elsewhere)
        expect((await sender.send(jsonPatch(`${path}?${STRICT}`, []), 15_000)).status).toBe(403);
      expect((await sender.send(deletion("default", "x", {}), 15_000)).status).toBe(403);
      const created = await as("executor").call({
        verb: "POST",
        path: "/api/v1/namespaces/shop/pods",
        contentType: "application/json",
        body: "{}",
      });
      expect(created.status).toBe(403);
    });
  });
}
