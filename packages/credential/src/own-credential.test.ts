import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCluster, type Right } from "@holdfast/cluster";
import { openSandbox, type IdentityName } from "@holdfast/sandbox";
import { proveCredential } from "./own-credential.ts";

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const NAMESPACES = ["shop", "payments", "prod-shop", "holdfast", "kube-system"];
const DELETE_PODS: Right = { verb: "delete", group: "", resource: "pods" };

test("a credential is refused that may more than declared, that is another service's, or that is in another cluster", async () => {
  await using sandbox = await openSandbox();
  await using another = await openSandbox();
  const data = mkdtempSync(join(tmpdir(), "credential-"));
  const prove = async (
    service: string,
    as: IdentityName,
    declared: readonly Right[],
    { url, tokens } = sandbox,
  ): Promise<void> => {
    await using cluster = openCluster({
      access: { kind: "loopback", server: url, token: tokens[as] },
      service,
      version: "test",
      timeoutMs: 5_000,
    });
    await proveCredential({
      ...cluster,
      service,
      data,
      declared,
      namespaces: NAMESPACES,
      signal: AbortSignal.timeout(10_000),
      log,
    });
  };
  await prove("triage", "triage", []);
  await prove("policy", "policy", [DELETE_PODS]);
  await prove("triage", "triage", []); // a restart is no second user
  await expect(prove("triage", "policy", [])).rejects.toThrow(
    /may delete pods in namespace shop, and its service does not need it/,
  );
  await expect(prove("executor", "policy", [DELETE_PODS])).rejects.toThrow(/executor and policy are the same user/);
  await expect(prove("triage", "triage", [], another)).rejects.toThrow(/belongs to the cluster with the uid/);
});
