import type { Kind, Ref } from "./port.ts";

type Place = { readonly root: string; readonly plural: string; readonly namespaced: boolean };

const core = (plural: string): Place => ({ root: "/api/v1", plural, namespaced: true });
const named = (root: string, plural: string): Place => ({ root: `/apis/${root}`, plural, namespaced: true });

const PLACES: Readonly<Record<Kind, Place>> = {
  Namespace: { root: "/api/v1", plural: "namespaces", namespaced: false },
  Node: { root: "/api/v1", plural: "nodes", namespaced: false },
  Pod: core("pods"),
  Event: core("events"),
  ResourceQuota: core("resourcequotas"),
  Deployment: named("apps/v1", "deployments"),
  ReplicaSet: named("apps/v1", "replicasets"),
  StatefulSet: named("apps/v1", "statefulsets"),
  DaemonSet: named("apps/v1", "daemonsets"),
  ControllerRevision: named("apps/v1", "controllerrevisions"),
  Job: named("batch/v1", "jobs"),
  CronJob: named("batch/v1", "cronjobs"),
  HorizontalPodAutoscaler: named("autoscaling/v2", "horizontalpodautoscalers"),
  PodDisruptionBudget: named("policy/v1", "poddisruptionbudgets"),
  EndpointSlice: named("discovery.k8s.io/v1", "endpointslices"),
};

/** Where a kind's objects are listed: in one namespace, or in all where none is named. */
export function collectionPath(kind: Kind, namespace: string | null | undefined): string {
  const { root, plural, namespaced } = PLACES[kind];
  const inside = namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${inside}/${plural}`;
}

/** Where one object is. The names are checked by whoever parsed them; escaping keeps a name from becoming a path. */
export function objectPath({ kind, namespace, name }: Ref): string {
  if (PLACES[kind].namespaced && !namespace) throw new TypeError(`a ${kind} is named together with its namespace`);
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}
