import type { Fate, Runtime } from "../fates.ts";
import { fateOf } from "../fates.ts";
import type { ContainerStatus, Pod } from "../kinds.ts";
import type { World } from "../world.ts";
import type { Answer, Target } from "./request.ts";
import { ApiRefusal, badRequest, notFound } from "./status.ts";

type Line = { readonly at: number; readonly text: string };
type Run = { readonly fate: Fate; readonly startedAt: number; readonly endedAt: number | undefined };

const HEARTBEAT_MS = 5_000;
const HEARTBEATS_MAX = 40;

export function podLog(world: World, target: Target, query: URLSearchParams): Answer {
  const pod = world.store.get("pods", target.namespace, target.name ?? "");
  if (pod === undefined) throw notFound(target.resource, target.name ?? "");
  const container = containerOf(pod, query.get("container"));
  const node = pod.spec.nodeName ?? "";
  if (world.hidden.nodesDown.includes(node)) {
    const { namespace = "", name } = pod.metadata;
    const address = pod.status.hostIP ?? node;
    throw new ApiRefusal(
      500,
      "InternalError",
      `Get "https://${address}:10250/containerLogs/${namespace}/${name}/${container}": dial tcp ${address}:10250: connect: no route to host`,
    );
  }
  const previous = ["true", "1"].includes(query.get("previous") ?? "");
  const lines = linesOf(runOf(world, pod, container, previous), world.now());
  return { kind: "text", code: 200, text: cut(lines, query, world.now()) };
}

function containerOf(pod: Pod, asked: string | null): string {
  const names = pod.spec.containers.map((c) => c.name);
  const [only = ""] = names;
  if (asked !== null && asked !== "") {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  if (names.length === 1) return only;
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(" ")}]`,
  );
}

/** Which run of the container is meant: of one that is waiting to be restarted, the last one, also without `previous`. */
function runOf({ hidden }: World, pod: Pod, container: string, previous: boolean): Run {
  const runtime = hidden.runtimes[pod.metadata.uid];
  const status = pod.status.containerStatuses?.find((c) => c.name === container);
  if (previous) {
    if (status?.lastState.terminated !== undefined && runtime?.previous !== undefined) return runtime.previous;
    throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
  }
  if (status?.state.running !== undefined && runtime !== undefined) return presentRun(hidden, pod, runtime);
  if (status?.lastState.terminated !== undefined && runtime?.previous !== undefined) return runtime.previous;
  throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${whyWaiting(status)}`);
}

function presentRun(hidden: World["hidden"], pod: Pod, runtime: Runtime): Run {
  const fate = fateOf(hidden, pod.metadata.uid, pod.spec.containers[0]?.image ?? "");
  return { fate, startedAt: runtime.startedAt ?? runtime.since, endedAt: undefined };
}

function whyWaiting(status: ContainerStatus | undefined): string {
  const reason = status?.state.waiting?.reason ?? "PodInitializing";
  const pull = ["ErrImagePull", "ImagePullBackOff"].includes(reason);
  return pull ? "trying and failing to pull image" : reason;
}

function linesOf({ fate, startedAt, endedAt }: Run, now: number): Line[] {
  const end = endedAt ?? now;
  const lines: Line[] = [{ at: startedAt, text: 'level=info msg="starting" version="simulated"' }];
  const served = endedAt === undefined || end - startedAt > HEARTBEAT_MS;
  if (served) lines.push({ at: startedAt + 100, text: 'level=info msg="listening" addr=":8080"' });
  const beats = Math.floor((end - startedAt) / HEARTBEAT_MS);
  for (let beat = Math.max(1, beats - HEARTBEATS_MAX); beat <= beats; beat += 1) {
    lines.push({ at: startedAt + beat * HEARTBEAT_MS, text: 'level=info msg="requests" window=5s count=212 errors=0' });
  }
  const said = fate.kind === "crash" || fate.kind === "unready" ? fate.log : [];
  if (fate.kind !== "crash" || endedAt !== undefined) lines.push(...said.map((text) => ({ at: end, text })));
  return lines;
}

function cut(lines: Line[], query: URLSearchParams, now: number): string {
  const seconds = query.get("sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const from = seconds !== null ? now - Number(seconds) * 1_000 : sinceTime !== null ? Date.parse(sinceTime) : 0;
  const recent = lines.filter((line) => line.at >= from);
  const tail = query.get("tailLines");
  const kept = tail === null ? recent : recent.slice(Math.max(0, recent.length - Number(tail)));
  const stamped = query.get("timestamps") === "true";
  const text = kept.map((line) => `${stamped ? `${new Date(line.at).toISOString()} ` : ""}${line.text}\n`).join("");
  const limit = query.get("limitBytes");
  return limit === null ? text : Buffer.from(text).subarray(0, Number(limit)).toString("utf8");
}
