import { schemasDigest } from "@holdfast/schemas";
import type { Metrics } from "@holdfast/service";

/** What a process reads and writes by: one that differs from the others does not understand all that they say. */
export function tellSchemas(metrics: Metrics): void {
  const help = "1, with the digest of the schemas that this process reads and writes.";
  metrics.gauge("holdfast_schemas_info", help, ["digest"]).set({ digest: schemasDigest() }, 1);
}

/** What a process judges by. */
export function tellPolicy(metrics: Metrics, digest: string): void {
  const help = "1, with the digest of the policy that this process judges by.";
  metrics.gauge("holdfast_policy_info", help, ["digest"]).set({ digest }, 1);
}
