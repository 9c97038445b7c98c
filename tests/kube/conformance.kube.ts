import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue, type Action } from "@holdfast/actions";
import {
  ForbiddenError,
  preconditionFailed,
  undeclaredRights,
  type Deployment,
  type Kind,
  type Pod,
  type Right,
} from "@holdfast/cluster";
import type { SealedRequest } from "@holdfast/schemas";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { planOf } from "../../packages/actions/src/example-cluster.ts";
import { differences } from "./differences.ts";
import { kubernetesPlace, sandboxPlace, SERVICES, until, VERSION, type Exchange, type Place } from "./place.ts";

/**
 * Every request that triage, policy and executor make, once, on the simulated API server and on a real one. The real one is
 * right: where they differ, the simulation is mended.
 */

const kube = inject("kube");
const PLACES = [
  { name: "sandbox", open: sandboxPlace },
  ...(kube === null ? [] : [{ name: "kubernetes", open: () => kubernetesPlace(kube) }]),
];
const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web";
const STRICT = "fieldManager=holdfast&fieldValidation=Strict";
const OTHER_UID = "11111111-2222-4333-8444-555555555555";
const WEB = { kind: "Deployment", namespace: "shop", name: "web" } as const;
const KINDS: readonly Kind[] = [
  "Pod",
  "Event",
  "ResourceQuota",
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "ControllerRevision",
  "Job",
  "CronJob",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "EndpointSlice",
];

const transcripts = new Map<string, readonly Exchange[]>();

const jsonPatch = (path: string, operations: unknown): SealedRequest => ({
  verb: "PATCH",
  path,
  contentType: "application/json-patch+json",
  body: Buffer.from(JSON.stringify(operations)),
});
const deletion = (namespace: string, pod: string, options: unknown): SealedRequest => ({
  verb: "DELETE",
  path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
  contentType: "application/json",
  body: Buffer.from(JSON.stringify(options)),
});

describe.each(PLACES)("on $name", ({ name, open }) => {
  let place: Place;
  const as = (who: Parameters<Place["as"]>[0]) => place.as(who);

  beforeAll(async () => {
    place = await open();
  });
  beforeEach(({ task }) => place.begin(task.name));
  afterAll(async () => {
    transcripts.set(name, place.exchanges);
    await place[Symbol.asyncDispose]();
  });

  const web = () => until("shop/web", () => place.unseen.reader.get<Deployment>(WEB));
  /** Rolled out and still: nothing of it changes by itself. */
  const settledWeb = () =>
    until("a settled shop/web", async () => {
      const found = await web();
      const { observedGeneration, availableReplicas, replicas } = found.status ?? {};
      const pods = await podsOf("shop", "web");
      const isSettled = observedGeneration === found.metadata?.generation && availableReplicas === 3 && replicas === 3;
      return isSettled && pods.length === 3 ? found : undefined;
    });
  const podsOf = (namespace: string, app: string) =>
    place.unseen.reader.list<Pod>("Pod", { namespace, labelSelector: `app=${app}` });
  const readyPod = () =>
    until("a ready pod of shop/web", async () =>
      (await podsOf("shop", "web")).find(
        (pod) =>
          !pod.metadata?.deletionTimestamp &&
          pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
      ),
    );
  const get = (who: Parameters<Place["as"]>[0], path: string) => as(who).call({ verb: "GET", path });

  describe("reads", () => {
    test("which cluster it is, every service may ask", async () => {
      const uids = await Promise.all([place.unseen.reader.identity()]);
      for (const who of SERVICES) uids.push(await as(who).reader.identity());
      expect(new Set(uids).size).toBe(1);
    });

    test("objects are got by name, and what is not there is undefined", async () => {
      const { reader } = as("triage");
      const pod = await readyPod();
      expect((await reader.get(WEB))?.metadata?.uid).toBe((await web()).metadata?.uid);
      expect(
        (await reader.get({ kind: "Pod", namespace: "shop", name: pod.metadata?.name ?? "" }))?.metadata?.name,
      ).toBe(pod.metadata?.name);
      expect((await reader.get({ kind: "Node", namespace: null, name: "node-1" }))?.metadata?.name).toBe("node-1");
      const set = pod.metadata?.ownerReferences?.[0]?.name ?? "";
      expect((await reader.get({ kind: "ReplicaSet", namespace: "shop", name: set }))?.metadata?.name).toBe(set);
      expect(await reader.get({ kind: "Node", namespace: null, name: "absent" })).toBeUndefined();
      for (const kind of KINDS) expect(await reader.get({ kind, namespace: "shop", name: "absent" })).toBeUndefined();
    });

    test("every kind is listed in a namespace", async () => {
      for (const kind of KINDS.filter((one) => one !== "Event"))
        await as("triage").reader.list(kind, { namespace: "shop", limit: 20 });
      expect(await as("triage").reader.list("Node", {})).toHaveLength(3);
    });

    test("selectors of labels and of fields choose", async () => {
      await settledWeb();
      const { reader } = as("triage");
      expect(await reader.list("Pod", { namespace: "shop", labelSelector: "app=web" })).toHaveLength(3);
      expect(await reader.list("Pod", { namespace: "shop", labelSelector: "app in (web),!nothing" })).toHaveLength(3);
      expect(await reader.list("Pod", { namespace: "shop", labelSelector: "app notin (web,cart),app" })).toEqual([]);
      const pod = await readyPod();
      const fieldSelector = `metadata.name=${pod.metadata?.name}`;
      expect(await reader.list("Pod", { namespace: "shop", fieldSelector, limit: 1 })).toHaveLength(1);
      expect(
        (await reader.list("Pod", { namespace: "shop", fieldSelector: `spec.nodeName=${pod.spec?.nodeName}` })).length,
      ).toBeGreaterThan(0);
      expect(
        await reader.list("Event", { namespace: "shop", fieldSelector: `involvedObject.uid=${OTHER_UID}` }),
      ).toEqual([]);
    });

    test("what cannot be selected is refused", async () => {
      expect((await get("triage", "/api/v1/namespaces/shop/pods?fieldSelector=spec.nothing%3Dx")).status).toBe(400);
      expect((await get("triage", "/api/v1/namespaces/shop/pods?labelSelector=%3D%3D%3D")).status).toBe(400);
      expect(
        (await get("triage", "/apis/apps/v1/namespaces/shop/deployments?fieldSelector=spec.replicas%3D3")).status,
      ).toBe(400);
    });

    test("a long list comes in pages", async () => {
      const page = async (next: string): Promise<{ items: unknown[]; metadata: { continue?: string } }> => {
        const { text } = await get("triage", `/api/v1/namespaces/shop/pods?limit=2&labelSelector=app%3Dweb${next}`);
        return JSON.parse(text) as never;
      };
      await settledWeb();
      const first = await page("");
      const rest = await page(`&continue=${encodeURIComponent(first.metadata.continue ?? "")}`);
      expect([first.items.length, rest.items.length, rest.metadata.continue ?? ""]).toEqual([2, 1, ""]);
    });

    test("whose token nobody knows is nobody", async () => {
      expect((await get("stranger", DEPLOYMENT)).status).toBe(401);
    });

    test("what a credential may not read is forbidden, there or not", async () => {
      await expect(as("triage").reader.list("Pod", { namespace: "default" })).rejects.toThrow(ForbiddenError);
      await expect(as("triage").reader.get({ kind: "Pod", namespace: "default", name: "x" })).rejects.toThrow(
        ForbiddenError,
      );
      await expect(as("triage").reader.list("Pod", {})).rejects.toThrow(ForbiddenError);
      for (const path of [
        "/api/v1/namespaces/shop/secrets",
        "/api/v1/namespaces/shop/secrets/x",
        "/api/v1/namespaces/shop/configmaps",
        "/api/v1/namespaces",
        "/api/v1/namespaces/shop",
      ])
        expect((await get("triage", path)).status).toBe(403);
      await expect(as("policy").reader.list("Deployment", { namespace: "shop" })).rejects.toThrow(ForbiddenError);
      await expect(as("policy").reader.list("Node", {})).rejects.toThrow(ForbiddenError);
      await expect(as("executor").reader.get({ ...WEB, name: "absent" })).rejects.toThrow(ForbiddenError);
      await expect(as("executor").reader.get({ kind: "Node", namespace: null, name: "absent" })).rejects.toThrow(
        ForbiddenError,
      );
      await expect(as("executor").reader.list("Event", { namespace: "shop" })).rejects.toThrow(ForbiddenError);
    });

    test("a kind that is not served is not found, and forbidden to whoever may not ask", async () => {
      const paths = [
        "/apis/nothing.example/v1/namespaces/shop/things",
        "/apis/nothing.example/v1/things/x",
        "/api/v1/namespaces/shop/nothings",
        "/apis/apps/v9/namespaces/shop/deployments",
        "/nothing",
      ];
      for (const path of paths) {
        expect((await get("admin", path)).status).toBe(404);
        // Whether a version is served is not for the authorizer to say.
        expect((await get("triage", path)).status).toBe(path.startsWith("/apis/apps") ? 404 : 403);
      }
    });
  });

  describe("self reviews", () => {
    test("each credential is its own account", async () => {
      for (const who of SERVICES) expect(await as(who).selfReview.user()).toBe(`system:serviceaccount:holdfast:${who}`);
    });

    test.each(SERVICES)("%s may the same", async (who) => {
      const { may } = as(who).selfReview;
      for (const right of GRID) await may(right);
      expect(await may({ verb: "get", group: "", resource: "secrets", namespace: "shop" })).toBe(false);
    });

    test.each([
      ["triage", []],
      ["policy", [DELETE_PODS]],
      ["executor", [DELETE_PODS, CLAIM]],
    ] as const)("%s holds no more than it declares", async (who, declared) => {
      const namespaces = ["shop", "payments", "prod-shop", "holdfast", "kube-system", "default"];
      expect(await undeclaredRights(as(who).selfReview, declared, namespaces)).toEqual([]);
    });

    test("a question that is none is refused", async () => {
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      const ask = (body: string) => as("triage").call({ verb: "POST", path, contentType: "application/json", body });
      expect(
        (await ask('{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{}}')).status,
      ).toBe(422);
      expect((await ask("{")).status).toBe(400);
    });
  });

  describe("a sealed patch", () => {
    const annotate = (value: string) => ({ op: "add", path: "/metadata/annotations/holdfast.dev~1action-id", value });

    test("goes through where all that it tests holds, an absent path tested for null included", async () => {
      const { metadata, spec } = await settledWeb();
      const operations = [
        { op: "test", path: "/metadata/uid", value: metadata?.uid },
        { op: "test", path: "/spec/template", value: spec?.template },
        { op: "test", path: "/spec/paused", value: null },
        annotate("a-1"),
      ];
      const answer = await as("executor").sender.send(jsonPatch(`${DEPLOYMENT}?${STRICT}`, operations), 15_000);
      expect([answer.status, answer.object?.metadata?.annotations?.["holdfast.dev/action-id"]]).toEqual([200, "a-1"]);
    });

    test.each([
      ["another uid", { op: "test", path: "/metadata/uid", value: OTHER_UID }],
      ["another template", { op: "test", path: "/spec/template", value: { spec: {} } }],
      ["another number", { op: "test", path: "/spec/replicas", value: 9 }],
      ["null where something is", { op: "test", path: "/spec/replicas", value: null }],
      ["a value where nothing is", { op: "test", path: "/spec/paused", value: true }],
      ["false where nothing is", { op: "test", path: "/spec/paused", value: false }],
      ["something under what is absent", { op: "test", path: "/spec/nothing/deeper", value: null }],
      ["to replace what is absent in a list", { op: "replace", path: "/spec/template/spec/containers/9", value: {} }],
      ["to replace under what is absent", { op: "replace", path: "/spec/nothing/deeper", value: 1 }],
      ["to remove what is absent", { op: "remove", path: "/spec/paused" }],
      ["to add under what is absent", { op: "add", path: "/spec/nothing/deeper", value: 1 }],
      ["an operation that is none", { op: "nothing", path: "/spec/replicas", value: 3 }],
    ])("that wants %s changes nothing", async (_, operation) => {
      const before = (await settledWeb()).metadata?.generation;
      const sealed = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [operation, annotate("a-2")]);
      for (const answer of [
        await as("policy").dryRunner.dryRun(sealed),
        await as("executor").sender.send(sealed, 15_000),
      ]) {
        expect(answer.status, answer.says).toBe(422);
        expect(preconditionFailed(answer), answer.says).toBe(true);
      }
      expect((await web()).metadata?.generation).toBe(before);
    });

    test("may replace what is absent", async () => {
      const sealed = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [{ op: "replace", path: "/spec/paused", value: true }]);
      const answer = await as("policy").dryRunner.dryRun(sealed);
      expect([answer.status, answer.object]).toMatchObject([200, { spec: { paused: true } }]);
    });

    test("leaves no flag that is false", async () => {
      const sealed = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [{ op: "add", path: "/spec/paused", value: false }]);
      const answer = await as("policy").dryRunner.dryRun(sealed);
      expect([answer.status, Object.hasOwn((answer.object as Deployment).spec ?? {}, "paused")]).toEqual([200, false]);
    });

    test("null holds where a field is absent, even one that the kind does not have", async () => {
      const sealed = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [{ op: "test", path: "/spec/nothing", value: null }]);
      expect((await as("policy").dryRunner.dryRun(sealed)).status).toBe(200);
    });

    test.each([
      ["no list", "{}", 400],
      ["no JSON", "[", 400],
      ["a list of numbers", "[1]", 400],
      ["an operation without a path", '[{"op":"add"}]', 422],
      ["nothing", "[]", 200],
    ])("that is %s is answered %s %s", async (_, body, status) => {
      const answer = await as("executor").sender.send(
        { ...jsonPatch(`${DEPLOYMENT}?${STRICT}`, []), body: Buffer.from(body) },
        15_000,
      );
      expect([answer.status, preconditionFailed(answer)], answer.says).toEqual([status, status === 422]);
    });

    test.each([
      ["an unknown field", { op: "add", path: "/spec/template/spec/nothing", value: 1 }],
      ["a field of another type", { op: "replace", path: "/spec/replicas", value: "three" }],
      ["a number below zero", { op: "replace", path: "/spec/replicas", value: -1 }],
      ["no containers", { op: "replace", path: "/spec/template/spec/containers", value: [] }],
      ["a container without an image", { op: "remove", path: "/spec/template/spec/containers/0/image" }],
      ["another selector", { op: "replace", path: "/spec/selector", value: { matchLabels: { app: "other" } } }],
      [
        "labels that the selector does not match",
        { op: "replace", path: "/spec/template/metadata/labels", value: { app: "other" } },
      ],
      ["another uid", { op: "replace", path: "/metadata/uid", value: OTHER_UID }],
    ])("that writes %s is refused, and it is no precondition that failed", async (what, operation) => {
      const sealed = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [operation]);
      const answer = await as("policy").dryRunner.dryRun(sealed);
      expect(answer.status, answer.says).toBe(422);
      expect(preconditionFailed(answer), answer.says).toBe(what === "another uid");
      expect(answer.says.length, answer.says).toBeLessThan(400); // the server may quote the whole object
      if (what === "an unknown field") expect(answer.says).toContain('unknown field "spec.template.spec.nothing"');
    });

    test("with another name, version or media type is refused", async () => {
      const rename = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [{ op: "replace", path: "/metadata/name", value: "other" }]);
      expect((await as("policy").dryRunner.dryRun(rename)).status).toBe(400);
      const stale = jsonPatch(`${DEPLOYMENT}?${STRICT}`, [
        { op: "replace", path: "/metadata/resourceVersion", value: "1" },
      ]);
      const conflict = await as("policy").dryRunner.dryRun(stale);
      expect([conflict.status, preconditionFailed(conflict)]).toEqual([409, true]);
      expect((await as("executor").sender.send({ ...rename, contentType: "application/json" }, 15_000)).status).toBe(
        415,
      );
    });

    test("of what is not there is not found, or forbidden to whoever is not named for it", async () => {
      const absent = jsonPatch(`/apis/apps/v1/namespaces/shop/deployments/absent?${STRICT}`, []);
      expect((await as("admin").sender.send(absent, 15_000)).status).toBe(404);
      expect((await as("executor").sender.send(absent, 15_000)).status).toBe(403);
    });
  });

  describe("a dry run", () => {
    test("of a patch shows what would be, and nothing is", async () => {
      const before = await settledWeb();
      const operations = [{ op: "replace", path: "/spec/replicas", value: 4 }];
      const answer = await as("policy").dryRunner.dryRun(jsonPatch(`${DEPLOYMENT}?${STRICT}`, operations));
      expect([answer.status, answer.object?.metadata?.generation]).toEqual([
        200,
        (before.metadata?.generation ?? 0) + 1,
      ]);
      const after = await web();
      expect([after.spec?.replicas, after.metadata?.generation]).toEqual([3, before.metadata?.generation]);
    });

    test("of a deletion asks in the body, and the pod stays", async () => {
      const pod = await readyPod();
      const { name: podName = "", uid } = pod.metadata ?? {};
      const answer = await as("policy").dryRunner.dryRun(deletion("shop", podName, { preconditions: { uid } }));
      expect(answer.status, answer.says).toBe(200);
      expect(
        (await place.unseen.reader.get({ kind: "Pod", namespace: "shop", name: podName }))?.metadata
          ?.deletionTimestamp ?? null,
      ).toBeNull();
    });

    test("of a deletion that asks in the query beside a body really deletes", async () => {
      const { name: podName = "", uid } = (await readyPod()).metadata ?? {};
      const sealed = deletion("shop", podName, { preconditions: { uid } });
      expect((await as("admin").sender.send({ ...sealed, path: `${sealed.path}?dryRun=All` }, 15_000)).status).toBe(
        200,
      );
      await until("the end of the pod", async () =>
        (await podsOf("shop", "web")).every((pod) => pod.metadata?.uid !== uid) ? true : undefined,
      );
      await settledWeb();
    });

    test("of another kind than All is refused", async () => {
      const sealed = jsonPatch(`${DEPLOYMENT}?${STRICT}&dryRun=Some`, []);
      expect((await as("admin").sender.send(sealed, 15_000)).status).toBe(422);
      const options = { dryRun: ["Some"], preconditions: { uid: OTHER_UID } };
      expect((await as("admin").sender.send(deletion("shop", "absent", options), 15_000)).status).toBe(422);
    });
  });

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
      expect((await as("policy").dryRunner.dryRun(plan.request)).status).toBe(200);
      expect(await action(called).landed(plan, as("executor").reader)).toBe("no");
      const answer = await as("executor").sender.send(plan.request, 15_000);
      expect(answer.status, answer.says).toBe(200);
      const check = await until(`${called} to heal`, async () => {
        const seen = await action(called).verify(plan, place.unseen.reader, answer, world);
        return seen.outcome === "pending" ? undefined : seen;
      });
      expect(check, JSON.stringify(check)).toMatchObject({ outcome: "healthy" });
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

    test("cordon_node and back", async () => {
      const plan = await carriedOut("cordon_node", { node: "node-2" });
      await undo(plan);
    });

    test("a release that crashes is read as such, and rolled back", async () => {
      await place.breakRelease();
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
      await place.breakImage();
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

  test("every request says which service it is from", () => {
    const seen = new Map(place.askedBy().map(({ user, userAgent }) => [`${user} ${userAgent}`, true]));
    for (const who of SERVICES)
      expect([...seen.keys()]).toContain(`system:serviceaccount:holdfast:${who} holdfast-${who}/${VERSION}`);
    const ours = [...seen.keys()].filter((line) => line.startsWith("system:serviceaccount:holdfast:"));
    expect(ours.filter((line) => !line.endsWith(`/${VERSION}`))).toEqual([]);
  });
});

test.skipIf(kube === null)("the sandbox answers as the real API server does", () => {
  const [simulated = [], real = []] = ["sandbox", "kubernetes"].map((name) => transcripts.get(name));
  const found = differences(simulated, real);
  writeFileSync(join(kube?.data ?? "", "differences.txt"), found.map((line) => `${line}\n`).join(""));
  console.info(
    `${simulated.length} requests on the sandbox, ${real.length} on the real API server, ${found.length} differences`,
  );
  expect(real.length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});

function never(what: string): never {
  throw new Error(`there is no ${what}`);
}

const DELETE_PODS: Right = { verb: "delete", group: "", resource: "pods" };
const CLAIM: Right = { verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: "holdfast" };

const OBJECTS = [
  ["", "pods"],
  ["", "secrets"],
  ["", "nodes"],
  ["", "events"],
  ["apps", "deployments"],
  ["apps", "replicasets"],
  ["apps", "statefulsets"],
  ["batch", "jobs"],
  ["coordination.k8s.io", "leases"],
] as const;

/** Rights as the rules of the accounts could give them: by verb, kind, place and name. */
const GRID: readonly Right[] = [
  ...["get", "list", "watch", "create", "patch", "update", "delete"].flatMap((verb) =>
    OBJECTS.flatMap(([group, resource]) =>
      [undefined, "shop", "holdfast"].map((namespace): Right => ({
        verb,
        group,
        resource,
        ...(namespace === undefined ? {} : { namespace }),
      })),
    ),
  ),
  ...["web", "absent"].flatMap((name) =>
    ["get", "patch", "delete"].map((verb): Right => ({
      verb,
      group: "apps",
      resource: "deployments",
      namespace: "shop",
      name,
    })),
  ),
  ...["node-1", "absent"].flatMap((name) =>
    ["get", "patch"].map((verb): Right => ({ verb, group: "", resource: "nodes", name })),
  ),
  { verb: "get", group: "", resource: "pods", subresource: "log", namespace: "shop" },
  { verb: "create", group: "", resource: "pods", subresource: "exec", namespace: "shop" },
  { verb: "create", group: "", resource: "pods", subresource: "eviction", namespace: "shop" },
  { verb: "patch", group: "apps", resource: "deployments", subresource: "scale", namespace: "shop", name: "web" },
  { verb: "get", group: "", resource: "namespaces", name: "kube-system" },
  { verb: "get", group: "", resource: "namespaces", namespace: "kube-system", name: "kube-system" },
  {
    verb: "create",
    group: "",
    resource: "serviceaccounts",
    subresource: "token",
    namespace: "holdfast",
    name: "executor",
  },
  { verb: "*", group: "*", resource: "*" },
];
