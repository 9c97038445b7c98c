import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "@holdfast/actions";
import type { Deployment, KubeObject, Node, Pod } from "@holdfast/cluster";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { proven } from "../records.ts";
import { ask, until } from "../running.ts";
import { proposals, type Shown } from "../story.ts";
import { requestsSince, type Audited } from "./audit-log.ts";
import { openStage, SERVICES, type Stage } from "./stage.ts";
import { cronJob, daemonSet, horizontalPodAutoscaler, statefulSet, type App } from "./world.ts";

/**
 * The whole path on a real API server, on real processes, in mode act with three service accounts: something breaks, its
 * alert comes in, a signature proposes, people approve, the executor acts and proves it, and what was done is undone.
 */

const kube = inject("kube");
const image = (name: string, tag: string): string => `registry.example/${name}:${tag}`;
const app = (namespace: string, name: string, replicas: number, tag: string): App => {
  return { namespace, name, replicas, pool: "dev", env: {}, images: [image(name, tag)], progressDeadlineSeconds: 30 };
};
const APPS = [
  app("payments", "api", 3, "2.40.3"),
  app("shop", "web", 3, "5.12.0"),
  app("shop", "cart", 2, "1.8.5"),
  app("shop", "search", 2, "3.1.0"),
];
const WORLD = {
  objects: [
    statefulSet("shop", "db", 2, image("db", "16.1")),
    daemonSet("shop", "agent", image("agent", "1.0")),
    cronJob("shop", "nightly", image("nightly", "1.0")),
    horizontalPodAutoscaler("shop", "search", "search", { minReplicas: 2, maxReplicas: 4 }),
  ],
  /** The executor's Role is made of what the actions say they need, and of nothing else. */
  actions: [...catalogue.keys()],
};

describe.skipIf(kube === null)("on a real API server", () => {
  let stage: Stage;
  const carriedOut = new Set<string>();
  const done = async (proposal: Shown, state: "succeeded" | "failed" = "succeeded"): Promise<void> => {
    const end = await stage.approved(proposal);
    expect([proposal.action, end.state, end.outcome?.because]).toEqual([proposal.action, state, end.outcome?.because]);
    carriedOut.add(proposal.action);
  };
  /** The simulated kubelets have one log for every container that died. */
  const lastWords = (text: string): void => {
    const stamp = `${new Date().toISOString().replace("Z", "000000Z")} stderr F`;
    writeFileSync(join(stage.lab.data, "logs", "previous.log"), `${stamp} ${text}\n`);
  };
  const imageOf = async (namespace: string, name: string): Promise<string> =>
    (await stage.get<Deployment>("Deployment", namespace, name)).spec?.template?.spec?.containers?.[0]?.image ?? "";

  beforeAll(async () => {
    stage = await openStage(kube ?? never("control plane"), APPS, WORLD);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  describe("an alert comes in, and a signature proposes", () => {
    test("a release that crashes: rolled back, undone on request, and rolled back again", async () => {
      const [good, bad] = [image("api", "2.40.3"), image("api", "2.41.0-crash")];
      lastWords("FATAL: PAYMENTS_DSN is not set");
      await stage.setImage("payments", "deployment/api", bad);
      const pod = await stage.podThat("a crash loop", "payments", "api", isCrashing);
      await stage.fire("KubePodCrashLooping", { namespace: "payments", pod, container: "api" });
      const rollback = await stage.offered("rollback_deployment", "api");
      expect(rollback).toMatchObject({ tier: "typed", environment: "dev", typedText: "payments/api" });
      await done(rollback);
      expect(await imageOf("payments", "api")).toBe(good);
      const undo = await stage.askedBack(rollback);
      expect(undo).toMatchObject({ action: "rollback_deployment", tier: "typed" });
      // It brings back the release that crashes, and its own check says so.
      await done(undo, "failed");
      expect(await imageOf("payments", "api")).toBe(bad);
      await done(await stage.askedBack(undo));
      expect(await imageOf("payments", "api")).toBe(good);
    });

    test("an image that does not exist: rolled back", async () => {
      await stage.setImage("shop", "deployment/search", image("search", "3.2.0-nopull"));
      const pod = await stage.podThat("a failed pull", "shop", "search", isWaitingForImage);
      await stage.fire("KubeContainerWaiting", { namespace: "shop", pod, container: "search" });
      await done(await stage.offered("rollback_deployment", "search"));
      expect(await imageOf("shop", "search")).toBe(image("search", "3.1.0"));
    });

    test("pods that crash without a release: restarted, and nothing needs to be undone", async () => {
      lastWords("FATAL: cannot reach redis.shop.svc:6379: dial tcp 10.96.14.7:6379: connect: connection refused");
      const before = (await stage.podsOf("shop", "cart")).map((pod) => pod.metadata?.uid);
      for (const pod of await stage.podsOf("shop", "cart"))
        await stage.patchStatus(`shop:pod/${pod.metadata?.name}`, "json", [
          containerIs("image", image("cart", "1.8.5-crash")),
        ]);
      await until(
        "only crashing pods",
        async () => (await stage.podsOf("shop", "cart")).every(isCrashing) || undefined,
      );
      const pod = await stage.podThat("a crash loop", "shop", "cart", isCrashing);
      await stage.fire("KubePodCrashLooping", { namespace: "shop", pod, container: "cart" });
      const restart = await stage.offered("restart_deployment", "cart");
      await done(restart);
      const after = (await stage.podsOf("shop", "cart")).map((one) => one.metadata?.uid);
      expect(after.filter((uid) => before.includes(uid))).toEqual([]);
      const asked = await ask(stage.running, "approval", `/v1/proposals/${restart.id}/backout`, { reason: "why not" });
      expect(asked.status).toBe(409);
    });

    test("one pod that stays unready: evicted after one acknowledgement", async () => {
      const [pod] = await stage.podsOf("shop", "web");
      const { name = "", uid } = pod?.metadata ?? {};
      const longAgo = new Date(Date.now() - 300_000).toISOString().replace(/\.\d+Z/, "Z");
      await stage.patchStatus(`shop:pod/${name}`, "json", [
        containerIs("image", image("web", "5.12.0-unready")),
        containerIs("ready", false),
        containerIs("state/running/startedAt", longAgo),
      ]);
      await stage.podThat("an unready pod", "shop", "web", (one) => one.metadata?.uid === uid && !isReady(one));
      await stage.fire("KubePodNotReady", { namespace: "shop", pod: name });
      const eviction = await stage.offered("evict_pod", name);
      expect(eviction).toMatchObject({ tier: "one-ack" });
      await done(eviction);
      const left = await stage.podsOf("shop", "web");
      expect([left.length, left.some((one) => one.metadata?.uid === uid), left.every(isReady)]).toEqual([
        3,
        false,
        true,
      ]);
    });

    test("a node that does not answer: cordoned by two people in a maintenance window, and opened again", async () => {
      const ready = (status: string): Promise<void> =>
        stage.patchStatus("node/node-3", "strategic", {
          status: { conditions: [{ type: "Ready", status, reason: "Test" }] },
        });
      const isCordoned = async (): Promise<boolean> =>
        (await stage.get<Node>("Node", null, "node-3")).spec?.unschedulable ?? false;
      await ready("False");
      await stage.fire("KubeNodeNotReady", { node: "node-3" });
      const cordon = await stage.offered("cordon_node", "node-3");
      expect(cordon).toMatchObject({ tier: "two-people", typedText: "kubelab" });
      await done(cordon);
      expect(await isCordoned()).toBe(true);
      await ready("True");
      await done(await stage.askedBack(cordon));
      expect(await isCordoned()).toBe(false);
    });
  });

  describe("a draft asks for it", () => {
    const shop = (given: Readonly<Record<string, string>>) => ({ namespace: "shop", ...given });

    test("delete_pod", async () => {
      const name = await stage.podThat("a ready pod", "shop", "web", isReady);
      await done(await stage.draft("delete_pod", shop({ pod: name })));
    });

    test("scale_up of a Deployment and of a StatefulSet, and back", async () => {
      for (const given of [shop({ deployment: "web", replicas: "4" }), shop({ statefulset: "db", replicas: "3" })]) {
        const up = await stage.draft("scale_up", given);
        await done(up);
        await done(await stage.askedBack(up));
      }
      const { spec } = await stage.get<Deployment>("Deployment", "shop", "web");
      expect(spec?.replicas).toBe(3);
    });

    test("set_hpa_bounds, and back", async () => {
      const bounds = await stage.draft("set_hpa_bounds", shop({ hpa: "search", minReplicas: "2", maxReplicas: "6" }));
      await done(bounds);
      await done(await stage.askedBack(bounds));
      type Autoscaler = KubeObject & { readonly spec: { readonly maxReplicas: number } };
      expect((await stage.get<Autoscaler>("HorizontalPodAutoscaler", "shop", "search")).spec.maxReplicas).toBe(4);
    });

    test("suspend_cronjob, and back", async () => {
      const suspended = await stage.draft("suspend_cronjob", shop({ cronjob: "nightly" }));
      await done(suspended);
      await done(await stage.askedBack(suspended));
    });

    test("pause_rollout of a release that does not start, and back once it can", async () => {
      await stage.setImage("shop", "deployment/web", image("web", "5.13.0-nopull"));
      await stage.podThat("a failed pull", "shop", "web", isWaitingForImage);
      const pause = await stage.draft("pause_rollout", shop({ deployment: "web" }));
      await done(pause);
      await stage.setImage("shop", "deployment/web", image("web", "5.13.1"));
      await done(await stage.askedBack(pause));
      expect(await imageOf("shop", "web")).toBe(image("web", "5.13.1"));
    });

    test.each([
      ["statefulset", "db", "16.2"],
      ["daemonset", "agent", "1.1"],
    ])("restart and rollback of a %s, and back", async (kind, name, tag) => {
      await done(await stage.draft(`restart_${kind}`, shop({ [kind]: name })));
      await stage.setImage("shop", `${kind}/${name}`, image(name, tag));
      await stage.lab.run("ctl", "-n", "shop", "rollout", "status", `${kind}/${name}`, "--timeout=90s");
      const rollback = await stage.draft(`rollback_${kind}`, shop({ [kind]: name }));
      await done(rollback);
      await done(await stage.askedBack(rollback));
    });

    test("every action of the catalogue was carried out here", () => {
      expect([...catalogue.keys()].filter((name) => !carriedOut.has(name))).toEqual([]);
    });
  });

  test("the API server saw reads of triage, dry runs of policy, and of the executor what was approved", async () => {
    const { lab, running, since } = stage;
    const all = requestsSince(lab.data, since).filter(({ user }) => user.startsWith("system:serviceaccount:holdfast:"));
    const of = (name: string): readonly Audited[] => all.filter(({ user }) => user.endsWith(`:${name}`));
    const writes = (name: string): readonly Audited[] => of(name).filter(isWrite);
    const ended = (await proposals(running)).filter(({ state }) => state === "succeeded" || state === "failed");
    console.info(
      SERVICES.map((name) => `${name}: ${of(name).length} requests, ${writes(name).length} writes or dry runs`).join(
        "; ",
      ),
    );
    console.info(`${ended.length} proposals carried out, with ${[...carriedOut].toSorted().join(", ")}`);
    for (const name of SERVICES)
      expect(of(name).filter(({ userAgent }) => !userAgent.startsWith(`holdfast-${name}/`))).toEqual([]);
    expect(writes("triage")).toEqual([]);
    expect(writes("policy").filter(({ isDry }) => !isDry)).toEqual([]);
    const [claims, sent] = [isClaim, (one: Audited) => !isClaim(one)].map((fits) => writes("executor").filter(fits));
    expect(sent?.filter(({ code, isDry }) => code >= 300 || isDry)).toEqual([]);
    expect([sent?.length, claims?.length]).toEqual([ended.length, ended.length]);
    await proven(running);
  });
});

const isWrite = ({ verb, uri }: Audited): boolean =>
  ["create", "update", "patch", "delete"].includes(verb) && !uri.includes("/selfsubject");
const isClaim = ({ uri }: Audited): boolean => uri.includes("/leases");
const containerIs = (field: string, value: unknown): object => {
  return { op: "replace", path: `/status/containerStatuses/0/${field}`, value };
};
const isReady = ({ status, metadata }: Pod): boolean =>
  !metadata?.deletionTimestamp &&
  (status?.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True");
const isCrashing = ({ status }: Pod): boolean =>
  (status?.containerStatuses ?? []).some(
    ({ state, restartCount }) => state?.waiting?.reason === "CrashLoopBackOff" && (restartCount ?? 0) > 0,
  );
const isWaitingForImage = ({ status }: Pod): boolean =>
  (status?.containerStatuses ?? []).some(({ state }) =>
    ["ErrImagePull", "ImagePullBackOff"].includes(state?.waiting?.reason ?? ""),
  );

function never(what: string): never {
  throw new Error(`there is no ${what}`);
}
