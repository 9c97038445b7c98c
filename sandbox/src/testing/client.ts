import * as k8s from "@kubernetes/client-node";
import { kubeconfigOf } from "../index.ts";
import type { IdentityName, Sandbox } from "../index.ts";
import { isObject } from "../json.ts";

export type Clients = {
  readonly apps: k8s.AppsV1Api;
  readonly core: k8s.CoreV1Api;
  readonly leases: k8s.CoordinationV1Api;
  readonly reviews: k8s.AuthorizationV1Api;
  readonly who: k8s.AuthenticationV1Api;
  readonly raw: k8s.CustomObjectsApi;
  readonly config: k8s.KubeConfig;
};

/** The real client, as one of the sandbox's accounts, from the kubeconfig that this account gets. */
export function clientsOf(sandbox: Sandbox, name: IdentityName): Clients {
  const config = new k8s.KubeConfig();
  config.loadFromString(kubeconfigOf(sandbox.url, name, sandbox.tokens[name]));
  return {
    apps: config.makeApiClient(k8s.AppsV1Api),
    core: config.makeApiClient(k8s.CoreV1Api),
    leases: config.makeApiClient(k8s.CoordinationV1Api),
    reviews: config.makeApiClient(k8s.AuthorizationV1Api),
    who: config.makeApiClient(k8s.AuthenticationV1Api),
    raw: config.makeApiClient(k8s.CustomObjectsApi),
    config,
  };
}

export const JSON_PATCH = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.JsonPatch);
export const MERGE_PATCH = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
export const STRATEGIC_PATCH = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch);

/** The Status of a refused call; it fails where the call was not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: number; reason: string; message: string }> {
  try {
    await call;
  } catch (cause) {
    if (!(cause instanceof k8s.ApiException)) throw cause;
    const body: unknown = typeof cause.body === "string" ? JSON.parse(cause.body) : cause.body;
    const text = (key: string): string => (isObject(body) ? String(body[key]) : "");
    return { code: cause.code, reason: text("reason"), message: text("message") };
  }
  throw new Error("the call was not refused");
}

/** Waits for something that will be so; how long depends on the machine, whether does not. */
export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const until = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > until) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function untilHealthy(sandbox: Sandbox): Promise<void> {
  await eventually(() => (sandbox.status().healthy ? true : undefined), "a healthy sandbox");
}

/** The template of the revision before the present one, raw: what a rollback puts back. */
async function previousTemplate(clients: Clients, namespace: string, name: string): Promise<object> {
  const revision = (rs: k8s.V1ReplicaSet): number =>
    Number(rs.metadata?.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
  const { items } = await clients.apps.listNamespacedReplicaSet({ namespace });
  const own = items
    .filter((rs) => rs.metadata?.ownerReferences?.[0]?.name === name)
    .sort((a, b) => revision(b) - revision(a));
  const raw: unknown = await clients.raw.getNamespacedCustomObject({
    group: "apps",
    version: "v1",
    namespace,
    plural: "replicasets",
    name: own[1]?.metadata?.name ?? "",
  });
  if (!isObject(raw) || !isObject(raw["spec"]) || !isObject(raw["spec"]["template"]))
    throw new Error("no revision before this one");
  const { metadata, ...rest } = raw["spec"]["template"];
  const labels = isObject(metadata) && isObject(metadata["labels"]) ? { ...metadata["labels"] } : {};
  delete labels["pod-template-hash"];
  return { ...rest, metadata: { ...(isObject(metadata) ? metadata : {}), labels } };
}

/** The rollback that Holdfast seals: it tests who and what was seen, and replaces the template alone. */
export async function rollback(clients: Clients, namespace: string, name: string): Promise<void> {
  const live: unknown = await clients.raw.getNamespacedCustomObject({
    group: "apps",
    version: "v1",
    namespace,
    plural: "deployments",
    name,
  });
  if (!isObject(live) || !isObject(live["metadata"]) || !isObject(live["spec"])) throw new Error("no deployment");
  const body = [
    { op: "test", path: "/metadata/uid", value: live["metadata"]["uid"] },
    { op: "test", path: "/spec/template", value: live["spec"]["template"] },
    { op: "test", path: "/spec/paused", value: null },
    { op: "replace", path: "/spec/template", value: await previousTemplate(clients, namespace, name) },
  ];
  await clients.apps.patchNamespacedDeployment(
    { namespace, name, body, fieldManager: "holdfast", fieldValidation: "Strict" },
    JSON_PATCH,
  );
}
