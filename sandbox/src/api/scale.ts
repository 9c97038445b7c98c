import { isObject } from "../json.ts";
import type { Deployment, KubeObject, StatefulSet } from "../kinds.ts";
import type { Store } from "../store.ts";
import type { Target } from "./request.ts";
import { notFound } from "./status.ts";

export type Scalable = Deployment | StatefulSet;

export function scalableNamed(store: Store, { resource, namespace, name = "" }: Target): Scalable {
  const found =
    resource.plural === "statefulsets"
      ? store.get("statefulsets", namespace, name)
      : store.get("deployments", namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return found;
}

/** The view of a workload that autoscaling/v1 calls Scale. */
export function scaleOf(workload: Scalable): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const selector = Object.entries(workload.spec.selector.matchLabels ?? {}).map(([k, v]) => `${k}=${v}`);
  const { replicas = 1 } = workload.spec;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: workload.status.replicas ?? 0, selector: selector.join(",") },
  };
}

export function withScale(workload: Scalable, scale: KubeObject): Scalable {
  const replicas = isObject(scale.spec) ? (scale.spec["replicas"] ?? 0) : 0;
  // INVARIANT: only the number of replicas changes, so it stays the kind that it is.
  return { ...workload, spec: { ...workload.spec, replicas: typeof replicas === "number" ? replicas : 0 } } as Scalable;
}
