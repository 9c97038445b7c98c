import { join } from "node:path";
import type { Right } from "@holdfast/cluster";
import { assertSandboxOnly, loadGuard, namespacesOf, readConfig } from "@holdfast/guard";
import type { Settings } from "@holdfast/service";
import { noTelemetry, prometheusUsers, type Users } from "./users.ts";

export type Config = ReturnType<typeof loadGuard> & {
  readonly mode: "act" | "observe";
  readonly cluster: string;
  readonly namespaces: readonly string[];
  readonly users: Users;
  readonly settleMs: number;
  /** The private keys that this policy holds: in mode observe not the one that opens. */
  readonly signing: { readonly "policy-close": string; readonly "policy-open"?: string };
  /** What its credential may do in mode act besides reading: dry runs of the executor's writes. */
  readonly declared: readonly Right[];
  readonly kubeconfig: string | undefined;
};

const DECLARED: readonly Right[] = [{ verb: "delete", group: "", resource: "pods" }];

/** @throws with a sentence when a file is missing or malformed. */
export function configOf(settings: Settings<"policy">): Config {
  const { HOLDFAST_MODE: mode, HOLDFAST_CLUSTER_NAME: cluster, HOLDFAST_PROMETHEUS_URL: prometheus } = settings;
  const loaded = loadGuard(settings.HOLDFAST_CONFIG);
  if (settings.HOLDFAST_CLUSTER === "sandbox") assertSandboxOnly(loaded.inventory);
  const query = (): string => readConfig(join(settings.HOLDFAST_CONFIG, "users.promql"));
  return Object.freeze({
    ...loaded,
    mode,
    cluster,
    namespaces: namespacesOf(loaded.inventory, cluster),
    users: prometheus === undefined ? noTelemetry : prometheusUsers(prometheus, query()),
    settleMs: settings.HOLDFAST_SETTLE_SECONDS * 1000,
    signing: {
      "policy-close": settings.HOLDFAST_POLICY_CLOSE_KEY_FILE,
      ...(mode === "act" && { "policy-open": settings.HOLDFAST_POLICY_OPEN_KEY_FILE }),
    },
    declared: DECLARED,
    kubeconfig: settings.HOLDFAST_POLICY_KUBECONFIG ?? settings.HOLDFAST_KUBECONFIG,
  });
}
