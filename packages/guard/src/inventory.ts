import { ENVIRONMENTS, strictness } from "./facts.ts";
import type { Env } from "./facts.ts";
import { booleanOf, fieldsOf, mapOf, readYaml, textOf } from "./strict-yaml.ts";

export type Cluster = {
  readonly name: string;
  /** The uid of the namespace kube-system: tells two clusters of one name apart. */
  readonly uid?: string;
  readonly simulated: boolean;
  readonly namespaces: ReadonlyMap<string, Env>;
};

export type Inventory = {
  /** Where it stands, for sentences about it. */
  readonly file: string;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly staticTokensInProd: boolean;
  /** Without a namespace (a node): the strictest of the cluster's. What is not listed is prod. */
  readonly environmentOf: (cluster: string, namespace?: string) => Env;
  readonly knows: (cluster: string, namespace?: string) => boolean;
};

const FILE = "config/environments.yaml";
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function openInventory(text: string, file = FILE): Inventory {
  const fields = fieldsOf(readYaml(text, file), file, {
    required: ["clusters"],
    optional: ["staticTokensInProd"],
    ifEmpty: "Write clusters: and below it each cluster with its namespaces.",
  });
  const clusters = new Map<string, Cluster>();
  for (const [name, value] of mapOf(fields.get("clusters"), `${file}: clusters`))
    clusters.set(name, clusterOf(name, value, `${file}: clusters.${name}`));
  return {
    file,
    clusters,
    staticTokensInProd:
      fields.has("staticTokensInProd") && booleanOf(fields.get("staticTokensInProd"), `${file}: staticTokensInProd`),
    environmentOf: (cluster, namespace) => environmentOf(clusters.get(cluster), namespace),
    knows: (cluster, namespace) =>
      clusters.has(cluster) && (namespace === undefined || clusters.get(cluster)?.namespaces.has(namespace) === true),
  };
}

/** Where a credential is asked about: the cluster's listed namespaces, and the two that are never changed. */
export function namespacesOf({ clusters }: Inventory, cluster: string): readonly string[] {
  return [...new Set([...(clusters.get(cluster)?.namespaces.keys() ?? []), "holdfast", "kube-system"])];
}

/** The sandbox plays with clusters that do not exist; an inventory that names a real one is in the wrong place. */
export function assertSandboxOnly(inventory: Inventory): void {
  const real = [...inventory.clusters.values()].filter(({ simulated }) => !simulated).map(({ name }) => name);
  if (real.length > 0)
    throw new Error(
      `The inventory names ${real.join(", ")}, and the sandbox has simulated clusters only. Nothing was started. Remove it from ${inventory.file}, or set HOLDFAST_CLUSTER to kubeconfig or in-cluster.`,
    );
  if (inventory.clusters.size === 0)
    throw new Error(`The inventory names no cluster. Nothing was started. Add the sandbox to ${inventory.file}.`);
}

function environmentOf(cluster: Cluster | undefined, namespace: string | undefined): Env {
  if (cluster === undefined) return "prod";
  if (namespace !== undefined) return cluster.namespaces.get(namespace) ?? "prod";
  const [first, ...rest] = cluster.namespaces.values();
  if (first === undefined) return "prod";
  return rest.reduce((strictest, env) => (strictness(env) > strictness(strictest) ? env : strictest), first);
}

function clusterOf(name: string, value: unknown, where: string): Cluster {
  if (!DNS_LABEL.test(name)) throw new Error(`${where}: a cluster's name is lower-case letters, digits and dashes.`);
  const fields = fieldsOf(value, where, { required: ["namespaces"], optional: ["uid", "simulated"] });
  const namespaces = new Map<string, Env>();
  for (const [namespace, env] of mapOf(fields.get("namespaces"), `${where}.namespaces`)) {
    if (!DNS_LABEL.test(namespace)) throw new Error(`${where}.namespaces: "${namespace}" is not a namespace's name.`);
    namespaces.set(namespace, envOf(env, `${where}.namespaces.${namespace}`));
  }
  return {
    name,
    ...(fields.has("uid") ? { uid: textOf(fields.get("uid"), `${where}.uid`) } : {}),
    simulated: fields.has("simulated") && booleanOf(fields.get("simulated"), `${where}.simulated`),
    namespaces,
  };
}

export function envOf(value: unknown, where: string): Env {
  const env = ENVIRONMENTS.find((known) => known === value);
  if (env === undefined)
    throw new Error(`${where} must be one of ${ENVIRONMENTS.join(", ")}, and is ${JSON.stringify(value)}.`);
  return env;
}
