import { isObject } from "../json.ts";
import type { Deployment, KubeObject } from "../kinds.ts";

/** The view of a workload that autoscaling/v1 calls Scale. */
export function scaleOf(deployment: Deployment): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = deployment.metadata;
  const selector = Object.entries(deployment.spec.selector.matchLabels ?? {}).map(([k, v]) => `${k}=${v}`);
  const { replicas = 1 } = deployment.spec;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: deployment.status.replicas ?? 0, selector: selector.join(",") },
  };
}

export function withScale(deployment: Deployment, scale: KubeObject): Deployment {
  const replicas = isObject(scale.spec) ? (scale.spec["replicas"] ?? 0) : 0;
  return { ...deployment, spec: { ...deployment.spec, replicas: typeof replicas === "number" ? replicas : 0 } };
}
