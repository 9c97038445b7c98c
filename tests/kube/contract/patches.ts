import { preconditionFailed, type Deployment } from "@holdfast/cluster";
import { describe, expect, test } from "vitest";
import { deletion, DEPLOYMENT, jsonPatch, OTHER_UID, STRICT, type Bench } from "../bench.ts";
import { until } from "../place.ts";

export function patches({ place, as, web, settledWeb, podsOf, readyPod }: Bench): void {
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
        (await place().unseen.reader.get({ kind: "Pod", namespace: "shop", name: podName }))?.metadata
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
}
