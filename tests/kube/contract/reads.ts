import { ForbiddenError, type Kind } from "@holdfast/cluster";
import { describe, expect, test } from "vitest";
import { DEPLOYMENT, OTHER_UID, WEB, type Bench } from "../bench.ts";
import { SERVICES } from "../place.ts";

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

export function reads({ place, as, get, web, settledWeb, readyPod }: Bench): void {
  describe("reads", () => {
    test("which cluster it is, every service may ask", async () => {
      const uids = [await place().unseen.reader.identity()];
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
}
