import { readFileSync } from "node:fs";
import { rulesFor } from "@holdfast/actions";
import { parse } from "yaml";
import { apply, type Kubelab } from "./kubelab.ts";

/** What runs on the real control plane, and who may do what there. */

type Json = Readonly<Record<string, unknown>>;
type Metadata = { readonly name: string; readonly namespace?: string };
type Rule = { readonly resources: readonly string[]; readonly resourceNames?: readonly string[] };
type KubeItem = Json & { readonly kind: string; readonly metadata: Metadata; readonly rules?: readonly Rule[] };

export type App = {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly pool: string;
  readonly env: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly images: readonly string[];
  readonly progressDeadlineSeconds?: number;
};

/** What there is besides Deployments, and the actions whose rights the executor gets; without them those of `rbac.yaml`. */
export type World = { readonly objects: readonly Workload[]; readonly actions: readonly string[] };
export type Workload = Json & { readonly kind: string; readonly metadata: Metadata };

const FOLDER = new URL("../../scripts/kube/", import.meta.url);
const EXAMPLE = "shop";
/** Holdfast writes no grants yet, so of the admission policies those count that need none. */
const WITHOUT_GRANTS = ["policy-dry-run-only.holdfast.dev", "executor-surface.holdfast.dev"];
const NODES = ["node-1", "node-2", "node-3"];
const MANAGED = { "holdfast.dev/managed": "true" };

/** The same workloads as in the sandbox. */
export function sandboxApps(): readonly App[] {
  const text = readFileSync(new URL("../../sandbox/cluster.yaml", import.meta.url), "utf8");
  const { deployments } = parse(text) as {
    readonly deployments: readonly (Omit<App, "images"> & {
      readonly releases: readonly { readonly image: string }[];
    })[];
  };
  return deployments.map(({ releases, ...app }) => ({ ...app, images: releases.map(({ image }) => image) }));
}

/** An empty place, the three accounts with their rights in it, and every release of every app rolled out in turn. */
export async function buildWorld(lab: Kubelab, apps: readonly App[], world?: World): Promise<void> {
  const namespaces = [...new Set(apps.map(({ namespace }) => namespace))];
  await lab.run("ctl", "delete", "namespace", ...namespaces, "--ignore-not-found", "--wait");
  await apply(lab, [
    ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: MANAGED } })),
    ...NODES.map((name, at) => node(name, at === 2 ? "prod" : "dev")),
  ]);
  await apply(lab, [...accounts(apps, world), ...admission(), ...(world?.objects ?? [])]);
  for (let at = 0; at < Math.max(...apps.map(({ images }) => images.length)); at += 1) {
    const released = apps.filter(({ images }) => images[at] !== undefined);
    await apply(
      lab,
      released.map((app) => deployment(app, app.images[at] ?? "")),
    );
    for (const { namespace, name } of released)
      await lab.run("ctl", "-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=90s");
  }
}

/** A file of the account's kubeconfig, with a fresh token. */
export function accountOf(lab: Kubelab, name: string): Promise<string> {
  return lab.run("kubeconfig", `holdfast/${name}`, "1h");
}

function node(name: string, pool: string): Json {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, pool, ...MANAGED } },
    spec: { unschedulable: false },
  };
}

function deployment({ namespace, name, replicas, pool, env, progressDeadlineSeconds = 120 }: App, image: string): Json {
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
  const spec = { replicas, strategy, progressDeadlineSeconds, ...pods(name, image, pool, env) };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace, labels: { app: name } }, spec };
}

export function statefulSet(namespace: string, name: string, replicas: number, image: string): Workload {
  const spec = { replicas, serviceName: name, ...pods(name, image, "dev", {}) };
  return { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name, namespace }, spec };
}

export function daemonSet(namespace: string, name: string, image: string): Workload {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace },
    spec: pods(name, image, "dev", {}),
  };
}

export function cronJob(namespace: string, name: string, image: string): Workload {
  const template = { spec: { restartPolicy: "Never", containers: [{ name, image }] } };
  const spec = { schedule: "0 3 * * *", jobTemplate: { spec: { template } } };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata: { name, namespace }, spec };
}

type Bounds = { readonly minReplicas: number; readonly maxReplicas: number };

export function horizontalPodAutoscaler(namespace: string, name: string, deployment: string, bounds: Bounds): Workload {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: deployment };
  const metadata = { name, namespace };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: { scaleTargetRef, ...bounds },
  };
}

function pods(name: string, image: string, pool: string, env: App["env"]): Json {
  const labels = { app: name };
  const container = {
    name,
    image,
    ports: [{ containerPort: 8080, name: "http", protocol: "TCP" }],
    env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 2 },
  };
  const template = { metadata: { labels }, spec: { containers: [container], nodeSelector: { pool } } };
  return { selector: { matchLabels: labels }, template };
}

/** The rights of the example namespace, given in every namespace, for the names that are there. */
function accounts(apps: readonly App[], world: World | undefined): readonly Json[] {
  const items = itemsOf("rbac.yaml");
  const shared = items.filter(({ kind, metadata }) => metadata.namespace !== EXAMPLE && !isExample(kind, metadata));
  const perNamespace = items.filter(({ metadata }) => metadata.namespace === EXAMPLE);
  const namespaces = [...new Set(apps.map(({ namespace }) => namespace))];
  return [
    ...shared.map((item) => named(item, { nodes: NODES })),
    ...namespaces.flatMap((namespace) => {
      const names = namesIn(namespace, apps, world);
      return perNamespace.map((item) => {
        const role =
          item.kind === "Role" && world !== undefined ? generated(item, names, world.actions) : named(item, names);
        return { ...role, metadata: { ...item.metadata, namespace } };
      });
    }),
  ];
}

function isExample(kind: string, { name }: Metadata): boolean {
  return kind === "Namespace" && name === EXAMPLE;
}

type Names = Readonly<Record<string, readonly string[]>>;

function namesIn(namespace: string, apps: readonly App[], world: World | undefined): Names {
  const objects = (world?.objects ?? []).filter(({ metadata }) => metadata.namespace === namespace);
  const others = Map.groupBy(objects, ({ kind }) => `${kind.toLowerCase()}s`);
  return {
    ...Object.fromEntries([...others].map(([plural, all]) => [plural, all.map(({ metadata }) => metadata.name)])),
    deployments: apps.filter((one) => one.namespace === namespace).map(({ name }) => name),
  };
}

function named(item: KubeItem, names: Names): KubeItem {
  const rules = item.rules?.map((rule) => {
    const known = names[rule.resources[0]?.split("/")[0] ?? ""];
    return rule.resourceNames !== undefined && known !== undefined ? { ...rule, resourceNames: known } : rule;
  });
  return rules === undefined ? item : { ...item, rules };
}

/** A Role made of what the actions themselves say that they need; an empty list of names would name everything. */
function generated(role: KubeItem, names: Names, actions: readonly string[]): KubeItem {
  const rules = rulesFor(actions)
    .filter(({ resource }) => resource !== "nodes")
    .flatMap(({ group, resource, verbs, named: isNamed }) => {
      const resourceNames = names[resource.split("/")[0] ?? ""] ?? [];
      if (isNamed && resourceNames.length === 0) return [];
      return [{ apiGroups: [group], resources: [resource], verbs, ...(isNamed ? { resourceNames } : {}) }];
    });
  return { ...role, rules };
}

function admission(): readonly Json[] {
  return itemsOf("admission.yaml").filter(({ metadata }) => WITHOUT_GRANTS.includes(metadata.name));
}

function itemsOf(file: string): readonly KubeItem[] {
  const { items } = parse(readFileSync(new URL(file, FOLDER), "utf8")) as { readonly items: readonly KubeItem[] };
  return items;
}
