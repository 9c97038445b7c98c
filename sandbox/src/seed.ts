import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { createPod } from "./controllers/replicaset.ts";
import { healthyConditions } from "./controllers/node.ts";
import { HASH, REVISION, templateHash } from "./controllers/template.ts";
import { timestamp } from "./kinds.ts";
import type { Deployment, Labels, PodTemplate } from "./kinds.ts";
import type { World } from "./world.ts";

type Cluster = {
  nodes: { name: string; pool: string; ip: string }[];
  namespaces: { name: string; managed?: boolean; labels?: Labels }[];
  deployments: SeedDeployment[];
};

type SeedDeployment = {
  namespace: string;
  name: string;
  replicas: number;
  pool: string;
  port: number;
  memory: string;
  env: Labels;
  releases: { image: string; age: number }[];
};

const DAY_MS = 86_400_000;
const MANAGED = "holdfast.dev/managed";

/** The cluster of `cluster.yaml`, as if it had been running for weeks. */
export function seed(world: World): void {
  const cluster = readCluster();
  const born = timestamp(world.now() - 60 * DAY_MS);
  for (const node of cluster.nodes) seedNode(world, node, born);
  for (const { name, managed, labels } of cluster.namespaces) {
    const own = { "kubernetes.io/metadata.name": name, ...labels, ...(managed === true ? { [MANAGED]: "true" } : {}) };
    world.store.create("namespaces", {
      metadata: { name, creationTimestamp: born, labels: own },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  }
  for (const deployment of cluster.deployments) seedDeployment(world, deployment);
}

/** What each deployment was before anything broke, for whoever puts it back. */
export function baselines(): { namespace: string; name: string; spec: Deployment["spec"] }[] {
  return readCluster().deployments.map((seeded) => ({
    namespace: seeded.namespace,
    name: seeded.name,
    spec: specOf(seeded),
  }));
}

function readCluster(): Cluster {
  // The file is ours and is read by nobody else: a mistake in it fails the first test.
  return parse(readFileSync(new URL("../cluster.yaml", import.meta.url), "utf8")) as Cluster;
}

export function isManaged(labels: Labels | undefined): boolean {
  return labels?.[MANAGED] === "true";
}

function seedNode(world: World, { name, pool, ip }: Cluster["nodes"][number], born: string): void {
  world.store.create("nodes", {
    metadata: {
      name,
      creationTimestamp: born,
      labels: { "kubernetes.io/hostname": name, pool, [MANAGED]: "true" },
      annotations: { "node.alpha.kubernetes.io/ttl": "0" },
    },
    spec: { podCIDR: `10.244.${name.at(-1) ?? "0"}.0/24` },
    status: {
      conditions: healthyConditions(born),
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      nodeInfo: { kubeletVersion: "v1.36.4", containerRuntimeVersion: "containerd://2.2.0", osImage: "simulated" },
      capacity: { cpu: "4", memory: "16Gi", pods: "110" },
      allocatable: { cpu: "3920m", memory: "15Gi", pods: "110" },
    } as object,
  });
}

function seedDeployment(world: World, seeded: SeedDeployment): void {
  const { store } = world;
  const { namespace, name, releases } = seeded;
  const created = timestamp(world.now() - Math.max(...releases.map((r) => r.age)) * DAY_MS);
  store.create("deployments", {
    metadata: {
      name,
      namespace,
      labels: { app: name },
      creationTimestamp: created,
      generation: releases.length,
      annotations: { [REVISION]: String(releases.length) },
    },
    spec: specOf(seeded),
    status: {},
  });
  const deployment = store.get("deployments", namespace, name);
  if (deployment === undefined) throw new Error(`cluster.yaml: ${namespace}/${name} is there twice`);
  for (const [at, release] of releases.entries())
    seedRevision(world, deployment, seeded, { ...release, revision: at + 1 });
}

function specOf(seeded: SeedDeployment): Deployment["spec"] {
  const latest = seeded.releases.at(-1);
  if (latest === undefined) throw new Error(`cluster.yaml: ${seeded.namespace}/${seeded.name} has no release`);
  return {
    replicas: seeded.replicas,
    selector: { matchLabels: { app: seeded.name } },
    template: template(seeded, latest.image),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 5,
  };
}

function seedRevision(
  world: World,
  deployment: Deployment,
  seeded: SeedDeployment,
  { image, age, revision }: { image: string; age: number; revision: number },
): void {
  const { name, namespace, uid } = deployment.metadata;
  const pods = template(seeded, image);
  const hash = templateHash(pods);
  const labels = { ...pods.metadata.labels, [HASH]: hash };
  const replicas = revision === seeded.releases.length ? seeded.replicas : 0;
  const rs = {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      creationTimestamp: timestamp(world.now() - age * DAY_MS),
      annotations: {
        [REVISION]: String(revision),
        "deployment.kubernetes.io/desired-replicas": String(seeded.replicas),
        "deployment.kubernetes.io/max-replicas": String(seeded.replicas + 1),
      },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { ...pods, metadata: { ...pods.metadata, labels } },
    },
    status: { replicas },
  };
  world.store.create("replicasets", rs);
  const made = world.store.get("replicasets", namespace, rs.metadata.name);
  for (let n = 0; n < replicas; n += 1) if (made !== undefined) createPod(world, made);
}

function template({ name, port, memory, env, pool }: SeedDeployment, image: string): PodTemplate {
  const container = {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: port, name: "http", protocol: "TCP" }],
    env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory } },
    readinessProbe: {
      httpGet: { path: "/healthz", port, scheme: "HTTP" },
      periodSeconds: 2,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
  const spec = {
    containers: [container],
    nodeSelector: { pool },
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  };
  return { metadata: { labels: { app: name } }, spec };
}
