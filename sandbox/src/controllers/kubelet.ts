import { recordEvent } from "../events.ts";
import { fateOf } from "../fates.ts";
import type { Fate, Runtime } from "../fates.ts";
import type { Node, Pod } from "../kinds.ts";
import type { World } from "../world.ts";
import { crashed, creating, pullFailed, running } from "./pod-status.ts";

/** How long things take here. A crash comes more than a second after the start, since Kubernetes keeps whole seconds. */
const CREATING_MS = 200;
const CRASHES_AFTER_MS = 1_100;
const PULL_BACK_OFF_MS = 300;
const BACK_OFF_MS_MAX = 10_000;
const PROBE_MS = 2_000;

type Crash = Extract<Fate, { kind: "crash" }>;
type NoImage = Extract<Fate, { kind: "no-image" }>;

/** The kubelets of all nodes that are up. The fate belongs to the first container of a pod; the sandbox has no others. */
export function runPods(world: World): void {
  const nodes = new Map(world.store.list("nodes").map((node) => [node.metadata.name, node]));
  for (const pod of world.store.list("pods")) {
    const node = nodes.get(pod.spec.nodeName ?? "");
    if (pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp !== undefined)
      world.store.remove("pods", pod);
    if (node === undefined || world.hidden.nodesDown.includes(node.metadata.name)) continue;
    if (pod.metadata.deletionTimestamp !== undefined) stop(world, pod);
    else step(world, pod, node);
  }
}

function stop(world: World, pod: Pod): void {
  const [container] = pod.spec.containers;
  say(world, pod, "Normal", "Killing", `Stopping container ${container?.name ?? ""}`);
  world.store.remove("pods", pod);
  delete world.hidden.runtimes[pod.metadata.uid];
  delete world.hidden.pods[pod.metadata.uid];
}

function step(world: World, pod: Pod, node: Node): void {
  const image = pod.spec.containers[0]?.image ?? "";
  const runtime = world.hidden.runtimes[pod.metadata.uid];
  if (runtime === undefined) {
    keep(world, pod, { stage: "creating", since: world.now(), restarts: 0 });
    world.store.update("pods", pod, (draft) => creating(draft, node, world.now()));
    say(world, pod, "Normal", "Pulling", `Pulling image "${image}"`);
    return;
  }
  const fate = fateOf(world.hidden, pod.metadata.uid, image);
  switch (runtime.stage) {
    case "creating":
      if (world.now() - runtime.since < CREATING_MS) return;
      if (fate.kind === "no-image") return failPull(world, pod, runtime, fate);
      return start(world, pod, runtime, fate);
    case "pull-failed":
      if (fate.kind !== "no-image") return start(world, pod, runtime, fate);
      return backOffPull(world, pod, runtime, fate);
    case "running":
      return run(world, pod, runtime, fate);
    case "backing-off":
      return restart(world, pod, runtime, fate);
  }
}

function start(world: World, pod: Pod, runtime: Runtime, fate: Fate): void {
  const now = world.now();
  const [container] = pod.spec.containers;
  keep(world, pod, { ...runtime, stage: "running", since: now, startedAt: now });
  world.store.update("pods", pod, (draft) => running(draft, { ready: false, startedAt: now, now }));
  say(world, pod, "Normal", "Pulled", `Successfully pulled image "${container?.image ?? ""}" in 152ms`);
  say(world, pod, "Normal", "Created", `Container created: ${container?.name ?? ""}`);
  say(world, pod, "Normal", "Started", "Container started");
  if (fate.kind === "run") run(world, pod, { ...runtime, stage: "running", since: now, startedAt: now }, fate);
}

function run(world: World, pod: Pod, runtime: Runtime, fate: Fate): void {
  const now = world.now();
  const startedAt = runtime.startedAt ?? runtime.since;
  switch (fate.kind) {
    case "crash":
      if (now - startedAt >= CRASHES_AFTER_MS) crash(world, pod, runtime, fate);
      return;
    case "unready":
      world.store.update("pods", pod, (draft) => running(draft, { ready: false, startedAt, now }));
      if (now - (runtime.probedAt ?? 0) < PROBE_MS) return;
      say(world, pod, "Warning", "Unhealthy", `Readiness probe failed: ${fate.probe}`);
      return keep(world, pod, { ...runtime, probedAt: now });
    case "run":
    case "no-image": // its image is here already
      world.store.update("pods", pod, (draft) => running(draft, { ready: true, startedAt, now }));
  }
}

/** The first crash restarts at once and crashes again; from then on the container is waiting, so that no reader meets it by chance between two crashes. */
function crash(world: World, pod: Pod, runtime: Runtime, fate: Crash): void {
  const now = world.now();
  const startedAt = runtime.startedAt ?? runtime.since;
  const restarts = runtime.restarts + 1;
  const backOffSeconds = Math.min(1_000 * 2 ** (restarts - 1), BACK_OFF_MS_MAX) / 1_000;
  keep(world, pod, { stage: "backing-off", since: now, restarts, previous: { fate, startedAt, endedAt: now } });
  world.store.update("pods", pod, (draft) =>
    crashed(draft, { startedAt, endedAt: now, exitCode: fate.exitCode, reason: fate.reason, restarts, backOffSeconds }),
  );
  const { name, namespace = "", uid } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? "";
  say(
    world,
    pod,
    "Warning",
    "BackOff",
    `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`,
  );
}

function restart(world: World, pod: Pod, runtime: Runtime, fate: Fate): void {
  const waited = world.now() - runtime.since;
  if (fate.kind !== "crash") return start(world, pod, runtime, fate);
  if (waited < Math.min(1_000 * 2 ** (runtime.restarts - 1), BACK_OFF_MS_MAX)) return;
  crash(world, pod, { ...runtime, startedAt: world.now() - CRASHES_AFTER_MS }, fate);
}

function failPull(world: World, pod: Pod, runtime: Runtime, fate: NoImage): void {
  const image = pod.spec.containers[0]?.image ?? "";
  keep(world, pod, { ...runtime, stage: "pull-failed", since: world.now() });
  world.store.update("pods", pod, (draft) => pullFailed(draft, "ErrImagePull", fate.message));
  say(world, pod, "Warning", "Failed", `Failed to pull image "${image}": ${fate.message}`);
  say(world, pod, "Warning", "Failed", "Error: ErrImagePull");
}

function backOffPull(world: World, pod: Pod, runtime: Runtime, fate: NoImage): void {
  const now = world.now();
  if (now - runtime.since < PULL_BACK_OFF_MS || now - (runtime.probedAt ?? 0) < PROBE_MS) return;
  const image = pod.spec.containers[0]?.image ?? "";
  keep(world, pod, { ...runtime, probedAt: now });
  world.store.update("pods", pod, (draft) =>
    pullFailed(draft, "ImagePullBackOff", `Back-off pulling image "${image}": ErrImagePull: ${fate.message}`),
  );
  say(world, pod, "Normal", "BackOff", `Back-off pulling image "${image}"`);
  say(world, pod, "Warning", "Failed", "Error: ImagePullBackOff");
}

function keep(world: World, pod: Pod, runtime: Runtime): void {
  world.hidden.runtimes[pod.metadata.uid] = runtime;
}

function say(world: World, pod: Pod, type: "Normal" | "Warning", reason: string, message: string): void {
  const host = pod.spec.nodeName ?? "";
  const container = pod.spec.containers[0]?.name ?? "";
  recordEvent(world, {
    about: pod,
    type,
    reason,
    message,
    component: "kubelet",
    host,
    fieldPath: `spec.containers{${container}}`,
  });
}
