import { join } from "node:path";
import type { Right } from "@holdfast/cluster";
import type { Settings } from "@holdfast/service";

export type Config = {
  readonly mode: "act" | "observe";
  readonly cluster: string;
  readonly isSandbox: boolean;
  readonly configFolder: string;
  readonly settleMs: number;
  /** The private keys that this policy holds: in mode observe not the one that opens. */
  readonly signing: { readonly "policy-close": string; readonly "policy-open"?: string };
  /** What its credential may do in mode act besides reading: dry runs of the executor's writes. */
  readonly declared: readonly Right[];
  readonly kubeconfig: string | undefined;
  readonly prometheusUrl: string | undefined;
};

const DECLARED: readonly Right[] = [{ verb: "delete", group: "", resource: "pods" }];

export function configOf(settings: Settings<"policy">): Config {
  const mode = settings.HOLDFAST_MODE;
  return Object.freeze({
    mode,
    cluster: settings.HOLDFAST_CLUSTER_NAME,
    isSandbox: settings.HOLDFAST_CLUSTER === "sandbox",
    configFolder: join(settings.HOLDFAST_CONFIG),
    settleMs: settings.HOLDFAST_SETTLE_SECONDS * 1000,
    signing: {
      "policy-close": settings.HOLDFAST_POLICY_CLOSE_KEY_FILE,
      ...(mode === "act" && { "policy-open": settings.HOLDFAST_POLICY_OPEN_KEY_FILE }),
    },
    declared: DECLARED,
    kubeconfig: settings.HOLDFAST_POLICY_KUBECONFIG ?? settings.HOLDFAST_KUBECONFIG,
    prometheusUrl: settings.HOLDFAST_PROMETHEUS_URL,
  });
}
