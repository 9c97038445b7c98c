import { openCodec, trustedKeys, type Codec } from "@holdfast/schemas";
import { alert } from "../packages/bus/src/contract/events.ts";

/** Alerts are not signed, so no key is needed. */
export function benchCodec(): Codec {
  return openCodec({ service: "bench", trusted: trustedKeys(() => undefined), signing: {} });
}

/** About 1 KiB on the wire. */
export function benchAlert(index: number): ReturnType<typeof alert> {
  const labels = {
    alertname: "KubePodCrashLooping",
    container: "api",
    job: "kube-state-metrics",
    namespace: "payments",
    pod: `api-${index}`,
    severity: "warning",
  };
  const text = "Pod payments/api is crash looping: back-off 5m0s restarting failed container=api ".repeat(10);
  return {
    ...alert(index.toString(16).padStart(16, "0"), 1_790_000_000_000 + index),
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
    annotations: [{ name: "description", value: text }],
  };
}
