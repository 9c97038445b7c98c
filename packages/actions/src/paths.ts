/** Where an object that an action changes is in the API. Names were parsed as DNS-1123, so none can leave its place. */

export function deploymentPath(namespace: string, name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

export function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`;
}
