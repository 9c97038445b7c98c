import { catalogue, type Action } from "@holdfast/actions";
import { ForbiddenError, preconditionFailed, type Pod } from "@holdfast/cluster";
import { describe, expect, test } from "vitest";
import { planOf } from "../../../packages/actions/src/example-cluster.ts";
import type { Bench } from "../bench.ts";
import { until } from "../place.ts";

export function actions({ name, place, as, settledWeb, podsOf, readyPod }: Bench): void {
  describe("the actions", () => {
    const world = { cluster: name, now: () => new Date() };
    const action = (called: string): Action => catalogue.get(called) ?? never(called);
    const sealed = async (called: string, given: Readonly<Record<string, string>>) => {
      const planning = await action(called).plan(as("policy").reader, given, world);
      if (planning.outcome === "refused") throw new Error(planning.reason);
      return planOf(planning.change, called);
    };
    /** The look that decides is written down; the waiting before it is not. */
    const carriedOut = async (called: string, given: Readonly<Record<string, string>>) => {
      const plan = await sealed(called, given);
      const tried = await as("policy").dryRunner.dryRun(plan.request);
      expect(tried.status, tried.says).toBe(called === "evict_pod" ? 201 : 200);
      expect(await action(called).landed(plan, as("executor").reader)).toBe("no");
      const answer = await as("executor").sender.send(plan.request, 15_000);
      expect(answer.status, answer.says).toBe(called === "evict_pod" ? 201 : 200);
      const check = await until(`${called} to heal`, async () => {
        const seen = await action(called).verify(plan, place().unseen.reader, answer, world);
        return seen.outcome === "pending" ? undefined : seen;
      });
      expect(check, JSON.stringify(check)).toMatchObject({ outcome: "healthy" });
      if (given["deployment"] === "web") await settledWeb(Number(given["replicas"] ?? "3"));
      expect(await action(called).landed(plan, as("executor").reader)).toBe("yes");
      return plan;
    };
    const undo = async (plan: Awaited<ReturnType<typeof sealed>>) => {
      const { action: called = "", arguments: given = [] } = plan.backOut.action ?? {};
      return carriedOut(called, Object.fromEntries(given.map(({ name: key, value }) => [key, value])));
    };

    test("restart_deployment: planned, tried, sent, landed, healthy", async () => {
      await settledWeb();
      await carriedOut("restart_deployment", { namespace: "shop", deployment: "web" });
    });

    test("delete_pod: planned, tried, sent, landed, healthy", async () => {
      await settledWeb();
      await carriedOut("delete_pod", { namespace: "shop", pod: (await readyPod()).metadata?.name ?? "" });
    });

    test("evict_pod: planned, tried, sent, landed, healthy", async () => {
      await settledWeb();
      await carriedOut("evict_pod", { namespace: "shop", pod: (await readyPod()).metadata?.name ?? "" });
    });

    test("scale_up and back", async () => {
      await settledWeb();
      await undo(await carriedOut("scale_up", { namespace: "shop", deployment: "web", replicas: "4" }));
      await settledWeb();
    });

    test("cordon_node and back", async () => {
      const plan = await carriedOut("cordon_node", { node: "node-2" });
      await undo(plan);
    });

    test("a release that crashes is read as such, and rolled back", async () => {
      await place().breakRelease();
      const crashing = await until("a crash loop", async () =>
        (await podsOf("payments", "api")).find((pod) =>
          pod.status?.containerStatuses?.some(
            ({ state, restartCount }) => state?.waiting?.reason === "CrashLoopBackOff" && (restartCount ?? 0) > 0,
          ),
        ),
      );
      const pod = { kind: "Pod", namespace: "payments", name: crashing.metadata?.name ?? "" } as const;
      expect(await as("triage").reader.get<Pod>(pod)).toMatchObject({
        status: { containerStatuses: [{ lastState: { terminated: { exitCode: 1, reason: "Error" } } }] },
      });
      const log = {
        namespace: "payments",
        pod: pod.name,
        container: "api",
        previous: true,
        tailLines: 20,
        limitBytes: 10_000,
      };
      expect(typeof (await as("triage").reader.logs(log))).toBe("string");
      expect((await as("triage").reader.list("Event", { namespace: "payments", limit: 5_000 })).length).toBeGreaterThan(
        0,
      );
      const about = `involvedObject.uid=${crashing.metadata?.uid}`;
      expect(
        (await as("triage").reader.list("Event", { namespace: "payments", fieldSelector: about, limit: 50 })).length,
      ).toBeGreaterThan(0);
      await expect(as("triage").reader.logs({ ...log, container: "absent" })).rejects.toThrow("400 BadRequest");
      expect(await as("triage").reader.logs({ ...log, pod: "absent" })).toBeUndefined();
      await expect(as("triage").reader.logs({ ...log, namespace: "default" })).rejects.toThrow(ForbiddenError);
      await carriedOut("rollback_deployment", { namespace: "payments", deployment: "api" });
    });

    test("an image that is not there is read as such, and rolled back; a second sending is refused", async () => {
      await place().breakImage();
      const waiting = await until("a failed pull", async () =>
        (await podsOf("shop", "cart")).find((pod) =>
          pod.status?.containerStatuses?.some(({ state }) =>
            /^(ErrImagePull|ImagePullBackOff)$/.test(state?.waiting?.reason ?? ""),
          ),
        ),
      );
      expect(waiting.status?.phase).toBe("Pending");
      const plan = await carriedOut("rollback_deployment", { namespace: "shop", deployment: "cart" });
      const again = await as("executor").sender.send(plan.request, 15_000);
      expect([again.status, preconditionFailed(again)]).toEqual([422, true]);
      expect(
        await as("triage").reader.list("ReplicaSet", { namespace: "shop", labelSelector: "app=cart" }),
      ).toHaveLength(3);
    });
  });
}

function never(what: string): never {
  throw new Error(`there is no ${what}`);
}
