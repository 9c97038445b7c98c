import { join } from "node:path";
import type { Settings } from "@holdfast/service";

export type Config = {
  readonly mode: "act" | "observe";
  readonly cluster: string;
  readonly inventoryFile: string;
  readonly targetsFile: string;
  readonly modelsFile: string;
  readonly kubeconfig: string | undefined;
  readonly alertmanagerUrl: string | undefined;
  readonly scans: boolean;
  readonly pace: { readonly debounceMs: number; readonly confirmMs: number; readonly coolDownMs: number };
  /** What this process itself must never say, wherever it may turn up. */
  readonly secrets: readonly string[];
};

/** An alert that has ended is believed to have after this long; the sandbox has no Alertmanager that takes its time. */
const CONFIRM_MS = 120_000;
const CONFIRM_MS_ON_SANDBOX = 2_000;
const COOL_DOWN_MS = 15 * 60_000;

export function configOf(settings: Settings<"triage">): Config {
  const isSandbox = settings.HOLDFAST_CLUSTER === "sandbox";
  return Object.freeze({
    mode: settings.HOLDFAST_MODE,
    cluster: settings.HOLDFAST_CLUSTER_NAME,
    inventoryFile: join(settings.HOLDFAST_CONFIG, "environments.yaml"),
    targetsFile: join(settings.HOLDFAST_CONFIG, "targets.yaml"),
    modelsFile: join(settings.HOLDFAST_CONFIG, "models.yaml"),
    kubeconfig: settings.HOLDFAST_TRIAGE_KUBECONFIG ?? settings.HOLDFAST_KUBECONFIG,
    alertmanagerUrl: settings.HOLDFAST_ALERTMANAGER_URL,
    scans: settings.HOLDFAST_SCAN,
    pace: {
      debounceMs: settings.HOLDFAST_DEBOUNCE_SECONDS * 1000,
      confirmMs: isSandbox ? CONFIRM_MS_ON_SANDBOX : CONFIRM_MS,
      coolDownMs: COOL_DOWN_MS,
    },
    secrets: settings.ANTHROPIC_API_KEY === undefined ? [] : [settings.ANTHROPIC_API_KEY],
  });
}
