import { ForbiddenError, openReadOnlyCluster, type ClusterReader, type KubeObject, type Pod } from "@holdfast/cluster";
import { openSandbox } from "@holdfast/sandbox";
import { expect, test } from "vitest";
import { withLogConsent } from "./log-consent.ts";

const LOGS = { namespace: "shop", pod: "web", container: "web", previous: true, tailLines: 10, limitBytes: 1_000 };

/** A cluster with one namespace, labelled or not to be read at all, and what was asked of it. */
function cluster(labels: Readonly<Record<string, string>> | "forbidden" | "broken"): {
  readonly reader: ClusterReader;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const namespace = (): KubeObject => {
    if (labels === "forbidden") throw new ForbiddenError("no");
    if (labels === "broken") throw new Error("no answer");
    return { metadata: { name: "shop", labels } };
  };
  const reader: ClusterReader = {
    identity: () => Promise.reject(new Error("not asked here")),
    get: async <T extends KubeObject>() => {
      asked.push("namespace");
      return namespace() as T;
    },
    list: () => Promise.reject(new Error("not asked here")),
    logs: async () => {
      asked.push("logs");
      return "a line";
    },
  };
  return { reader, asked };
}

test("logs are read where nothing forbids it, and the namespace is asked once a minute", async () => {
  const { reader, asked } = cluster({ "holdfast.dev/logs": "always" });
  let now = 0;
  const careful = withLogConsent(reader, () => now);
  expect(await careful.logs(LOGS)).toBe("a line");
  await careful.logs(LOGS);
  now = 60_000;
  await careful.logs(LOGS);
  expect(asked).toEqual(["namespace", "logs", "logs", "namespace", "logs"]);
});

test.each([
  ["is labelled never", { "holdfast.dev/logs": "never" }, /labelled holdfast\.dev\/logs: never/],
  ["may not be read, so that nobody knows its label", "forbidden", /may not get the namespace/],
  ["cannot be read now", "broken", /no answer/],
] as const)("no log is read of a namespace that %s", async (_what, labels, says) => {
  const { reader, asked } = cluster(labels);
  await expect(withLogConsent(reader, () => 0).logs(LOGS)).rejects.toThrow(says);
  expect(asked).not.toContain("logs");
});

test("triage's own rights suffice to ask, in every namespace whose logs it may read", async () => {
  await using sandbox = await openSandbox();
  await using cluster = openReadOnlyCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens.triage },
    service: "triage",
    version: "test",
    timeoutMs: 5_000,
  });
  const careful = withLogConsent(cluster.reader, Date.now);
  for (const namespace of ["shop", "payments", "prod-shop"]) {
    const [pod] = await careful.list<Pod>("Pod", { namespace, limit: 1 });
    const of = { namespace, pod: pod?.metadata?.name ?? "", container: pod?.spec?.containers?.[0]?.name ?? "" };
    await expect(careful.logs({ ...LOGS, ...of, previous: false })).resolves.toBeTypeOf("string");
  }
});
