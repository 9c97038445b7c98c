/** What the simulated API server serves. A resource without objects of its own answers with an empty list, as a real one does. */

export type Resource = {
  readonly plural: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly subresources: readonly string[];
};

export const RESOURCES: readonly Resource[] = [
  resource("", "v1", "namespaces", "Namespace", { namespaced: false }),
  resource("", "v1", "nodes", "Node", { namespaced: false, subresources: ["status"] }),
  resource("", "v1", "pods", "Pod", { subresources: ["log", "eviction", "status"] }),
  resource("", "v1", "events", "Event"),
  resource("", "v1", "services", "Service"),
  resource("", "v1", "configmaps", "ConfigMap"),
  resource("", "v1", "resourcequotas", "ResourceQuota"),
  resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
  resource("apps", "v1", "deployments", "Deployment", { subresources: ["scale", "status"] }),
  resource("apps", "v1", "replicasets", "ReplicaSet"),
  resource("apps", "v1", "statefulsets", "StatefulSet", { subresources: ["scale", "status"] }),
  resource("apps", "v1", "daemonsets", "DaemonSet", { subresources: ["status"] }),
  resource("apps", "v1", "controllerrevisions", "ControllerRevision"),
  resource("batch", "v1", "jobs", "Job"),
  resource("batch", "v1", "cronjobs", "CronJob"),
  resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
  resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
  resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  resource("coordination.k8s.io", "v1", "leases", "Lease"),
];

export function resourceNamed(group: string, version: string, plural: string): Resource | undefined {
  return RESOURCES.find((r) => r.group === group && r.version === version && r.plural === plural);
}

export function resourceOf(plural: string): Resource {
  const found = RESOURCES.find((r) => r.plural === plural);
  if (found === undefined) throw new Error(`the sandbox serves no resource "${plural}"`);
  return found;
}

export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** As it stands in the server's messages: `deployments.apps`, `pods`. */
export function qualifiedName(resource: Resource): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

function resource(
  group: string,
  version: string,
  plural: string,
  kind: string,
  { namespaced = true, subresources = [] }: { namespaced?: boolean; subresources?: string[] } = {},
): Resource {
  return { group, version, plural, kind, namespaced, subresources };
}
