import type { Right } from "@holdfast/cluster";
import type { Settings } from "@holdfast/service";
import type { Patience } from "./executor.ts";

export type Config = {
  readonly mode: "act" | "observe";
  readonly cluster: string;
  readonly isSandbox: boolean;
  readonly patience: Patience;
  /** What its credential may do besides reading and patching the objects that it is named for. */
  readonly declared: readonly Right[];
};

const DECLARED: readonly Right[] = [
  { verb: "delete", group: "", resource: "pods" },
  { verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: "holdfast" },
];

const VERIFY_MS_MAX = 10 * 60_000;
const SANDBOX_VERIFY_MS_MAX = 45_000;

export function configOf(settings: Settings<"executor">): Config {
  const isSandbox = settings.HOLDFAST_CLUSTER === "sandbox";
  const settleMs = settings.HOLDFAST_SETTLE_SECONDS * 1000;
  return Object.freeze({
    mode: settings.HOLDFAST_MODE,
    cluster: settings.HOLDFAST_CLUSTER_NAME,
    isSandbox,
    declared: DECLARED,
    patience: {
      settleMs,
      verifyMs: (isSandbox ? SANDBOX_VERIFY_MS_MAX : VERIFY_MS_MAX) + settleMs,
      reconcileMs: settings.HOLDFAST_RECONCILE_SECONDS * 1000 + settleMs,
      pollMs: isSandbox ? 200 : 1_000,
    },
  });
}
