import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openCluster, type SimulatedCluster } from "../sandbox/src/cluster.ts";
import { openControl } from "../sandbox/src/control.ts";
import { ensureCredentials } from "../sandbox/src/credentials.ts";
import { authenticator } from "../sandbox/src/identities.ts";
import { openKubernetesDoor } from "../sandbox/src/kubernetes-door.ts";
import { openNotifier } from "../sandbox/src/notifier.ts";
import { router } from "../sandbox/src/router.ts";
import { breakWith } from "../sandbox/src/scenarios.ts";
import { baselines } from "../sandbox/src/seed.ts";
import { taskOf } from "./child.ts";

/**
 * The sandbox's API over many broken Deployments, in a process of its own. Where nothing is changed, its controllers stop once
 * everything crash-loops; its Prometheus knows no series: the simulation must not cost what Holdfast is measured for.
 */
export type BenchCluster = {
  readonly port: number;
  readonly namespaces: readonly string[];
  readonly targets: readonly { readonly namespace: string; readonly deployment: string; readonly pod: string }[];
};

const NAMESPACES = 20;
const ROUND_MS = 500;
const ROUNDS_MAX = 120;
const IMAGE = "registry.example/payments/api:bad";

/** `isStill` says that no controller runs any more: a change that somebody makes then comes to nothing. */
export type ClusterTask = { readonly data: string; readonly targets: number; readonly isStill: boolean };

const { data, targets, isStill } = taskOf<ClusterTask>();
let clock: number | undefined = Date.now() - ROUNDS_MAX * ROUND_MS;
const cluster = openCluster({ file: undefined, now: () => clock ?? Date.now(), scenarios: [] });
const deployments = seed(cluster, targets);
rounds(cluster, () =>
  cluster.world.store.list("deployments").every(({ status, spec }) => status.availableReplicas === spec.replicas),
);
for (const { namespace, deployment } of deployments) {
  const fate = { kind: "crash", exitCode: 1, reason: "Error", log: ["FATAL: PAYMENTS_DSN is not set"] } as const;
  const release = { namespace, deployment, image: IMAGE, unsetEnv: ["PAYMENTS_DSN"], fate };
  breakWith(cluster.world, { name: deployment, says: "", fires: [], release }, 1);
}
rounds(cluster, () => deployments.every(({ namespace, deployment }) => crashing(namespace, deployment) !== undefined));
clock = undefined;
if (!isStill) setInterval(cluster.round, ROUND_MS);
serve();

function seed(
  { world: { store } }: SimulatedCluster,
  count: number,
): readonly { namespace: string; deployment: string }[] {
  const names = namespaces(count);
  for (const name of names)
    store.create("namespaces", {
      metadata: {
        name,
        labels: { "kubernetes.io/metadata.name": name, "holdfast.dev/managed": "true", environment: "dev" },
      },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  const like = baselines().find(({ namespace, name }) => namespace === "payments" && name === "api");
  if (like === undefined)
    throw new Error("sandbox/cluster.yaml no longer has payments/api, which the bench multiplies");
  return Array.from({ length: count }, (_, index) => {
    const [namespace = "", deployment] = [names[index % names.length], `api-${index}`];
    const spec = structuredClone(like.spec);
    spec.replicas = 2;
    spec.selector.matchLabels = { app: deployment };
    spec.template.metadata.labels = { app: deployment };
    store.create("deployments", {
      metadata: { name: deployment, namespace, labels: { app: deployment } },
      spec,
      status: {},
    });
    return { namespace, deployment };
  });
}

function namespaces(count: number): readonly string[] {
  return Array.from({ length: Math.min(NAMESPACES, count) }, (_, index) => `bench-${index}`);
}

function rounds({ round }: SimulatedCluster, isDone: () => boolean): void {
  for (let count = 0; count < ROUNDS_MAX && !isDone(); count += 1) {
    if (clock !== undefined) clock += ROUND_MS;
    round();
  }
  if (!isDone()) throw new Error("the simulated cluster did not become what the bench needs");
}

/** A pod that waits to be started again. */
function crashing(namespace: string, deployment: string): string | undefined {
  return cluster.world.store
    .list("pods", namespace)
    .find(
      ({ metadata, status }) =>
        metadata.name.startsWith(`${deployment}-`) &&
        status.containerStatuses?.some(
          ({ state, restartCount }) => state.waiting?.reason === "CrashLoopBackOff" && restartCount > 0,
        ),
    )?.metadata.name;
}

function serve(): void {
  const server = createServer();
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const { tokens } = ensureCredentials(data, url);
    const control = openControl(cluster, [], openNotifier(undefined, cluster.book, url));
    const answer = router({ cluster, control, kubernetes: openKubernetesDoor(cluster, authenticator(tokens)), url });
    server.on("request", (request, response) => {
      if (request.url?.startsWith("/prometheus/api/") === true) noSeries(response);
      else answer(request, response);
    });
    const found = deployments.map((one) => ({ ...one, pod: crashing(one.namespace, one.deployment) ?? "" }));
    process.send?.({ port, namespaces: namespaces(targets), targets: found } satisfies BenchCluster);
  });
}

function noSeries(response: ServerResponse): void {
  const body = JSON.stringify({ status: "success", data: { resultType: "vector", result: [] } });
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
}
