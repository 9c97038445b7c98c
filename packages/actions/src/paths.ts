/** Where an object that an action changes is in the API. Names were parsed as DNS-1123, so none can leave its place. */

/** @param plural deployments, statefulsets or daemonsets. */
export function appPath(plural: string, namespace: string, name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`;
}

export function autoscalerPath(namespace: string, name: string): string {
  return `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`;
}

export function cronJobPath(namespace: string, name: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/cronjobs/${name}`;
}

export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

export function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`;
}
