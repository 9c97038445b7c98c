import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { undeclaredRights, type Right } from "@holdfast/cluster";
import { proveCredential } from "@holdfast/credential";
import { describe, expect, test } from "vitest";
import type { Bench } from "../bench.ts";
import { SERVICES } from "../place.ts";

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

export function reviews({ as }: Bench): void {
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

    test("a credential is proven before it serves, and who may more or is somebody else is refused", async () => {
      const data = mkdtempSync(join(tmpdir(), "holdfast-credentials-"));
      const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
      const prove = (service: string, who: "admin" | (typeof SERVICES)[number], declared: readonly Right[]) => {
        const signal = AbortSignal.timeout(60_000);
        return proveCredential({ ...as(who), service, data, declared, namespaces: ["shop", "holdfast"], signal, log });
      };
      await prove("triage", "triage", []);
      await prove("policy", "policy", [DELETE_PODS]);
      await prove("executor", "executor", [DELETE_PODS, CLAIM]);
      await expect(prove("triage", "policy", [])).rejects.toThrow("may delete pods in namespace shop");
      await expect(prove("policy", "executor", [DELETE_PODS])).rejects.toThrow(
        "may create leases.coordination.k8s.io in namespace holdfast",
      );
      await expect(prove("executor", "policy", [DELETE_PODS, CLAIM])).rejects.toThrow("are the same user");
      await expect(prove("triage", "admin", [])).rejects.toThrow("may get secrets in the whole cluster");
      rmSync(data, { recursive: true });
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
}
