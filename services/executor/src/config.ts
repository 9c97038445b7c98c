import type { Settings } from "@holdfast/service";
import type { Patience } from "./executor.ts";

export type Config = { readonly mode: "act" | "observe"; readonly cluster: string; readonly isSandbox: boolean; readonly patience: Patience };

const VERIFY_MS_MAX = 10 * 60_000;
const SANDBOX_VERIFY_MS_MAX = 45_000;

export function configOf(settings: Settings<"executor">): Config {
  const isSandbox = settings.HOLDFAST_CLUSTER === "sandbox";
  const settleMs = settings.HOLDFAST_SETTLE_SECONDS * 1000;
  return Object.freeze({
    mode: settings.HOLDFAST_MODE,
    cluster: settings.HOLDFAST_CLUSTER_NAME,
    isSandbox,
    patience: {
      settleMs,
      verifyMs: (isSandbox ? SANDBOX_VERIFY_MS_MAX : VERIFY_MS_MAX) + settleMs,
      reconcileMs: settings.HOLDFAST_RECONCILE_SECONDS * 1000 + settleMs,
      pollMs: isSandbox ? 200 : 1_000,
    },
  });
}
