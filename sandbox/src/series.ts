import { bounds } from "./controllers/rolling-bounds.ts";
import type { Labels, Pod } from "./kinds.ts";
import { controllerOf } from "./controllers/template.ts";
import type { World } from "./world.ts";

export type Sample = { readonly labels: Labels; readonly value: number };

/** The value of each series since it last changed: `[time, value]`, oldest first. The key is the JSON of its labels. */
export type SeriesHistory = Record<string, [number, number][]>;

const POINTS_MAX = 120;
const HISTORY_MS = 3_600_000;

/** What kube-state-metrics adds to every series that has no such label of its own. */
const EXPORTER: Labels = {
  container: "kube-state-metrics",
  endpoint: "http",
  instance: "10.244.1.9:8080",
  job: "kube-state-metrics",
  namespace: "monitoring",
  pod: "kube-prometheus-stack-kube-state-metrics-6c5f8d6b7d-x2v9k",
  service: "kube-prometheus-stack-kube-state-metrics",
};

/** All series, computed from the live objects: nothing can be measured here that is not so. */
export function samplesOf(world: World): Sample[] {
  return [...deploymentSamples(world), ...podSamples(world), ...nodeSamples(world), ...requestSamples(world)];
}

function metric(name: string, labels: Labels, value: number): Sample {
  return { labels: { __name__: name, ...EXPORTER, ...labels }, value };
}

function deploymentSamples({ store }: World): Sample[] {
  return store.list("deployments").flatMap(({ metadata, spec, status }) => {
    const labels = { namespace: metadata.namespace ?? "", deployment: metadata.name };
    const progressing = status.conditions?.find((c) => c.type === "Progressing")?.status ?? "Unknown";
    return [
      metric("kube_deployment_spec_replicas", labels, spec.replicas ?? 1),
      metric("kube_deployment_status_replicas", labels, status.replicas ?? 0),
      metric("kube_deployment_status_replicas_available", labels, status.availableReplicas ?? 0),
      metric("kube_deployment_status_replicas_unavailable", labels, status.unavailableReplicas ?? 0),
      metric("kube_deployment_status_replicas_updated", labels, status.updatedReplicas ?? 0),
      metric("kube_deployment_metadata_generation", labels, metadata.generation ?? 1),
      metric("kube_deployment_status_observed_generation", labels, status.observedGeneration ?? 0),
      ...["true", "false", "unknown"].map((is) =>
        metric(
          "kube_deployment_status_condition",
          { ...labels, condition: "Progressing", status: is },
          Number(progressing.toLowerCase() === is),
        ),
      ),
    ];
  });
}

function podSamples({ store }: World): Sample[] {
  return store.list("pods").flatMap((pod) => {
    const { name, namespace = "", uid } = pod.metadata;
    const labels = { namespace, pod: name, uid };
    const ready = pod.status.conditions?.find((c) => c.type === "Ready")?.status ?? "False";
    return [
      ...["Pending", "Running", "Succeeded", "Failed", "Unknown"].map((phase) =>
        metric("kube_pod_status_phase", { ...labels, phase }, Number(pod.status.phase === phase)),
      ),
      ...["true", "false", "unknown"].map((is) =>
        metric("kube_pod_status_ready", { ...labels, condition: is }, Number(ready.toLowerCase() === is)),
      ),
      metric("kube_pod_info", { ...labels, node: pod.spec.nodeName ?? "", created_by_kind: makerOf(pod) }, 1),
      ...containerSamples(pod, labels),
    ];
  });
}

function makerOf({ metadata }: Pod): string {
  return metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind ?? "<none>";
}

function containerSamples(pod: Pod, pods: Labels): Sample[] {
  return (pod.status.containerStatuses ?? []).flatMap((status) => {
    const labels = { ...pods, container: status.name };
    const waiting = status.state.waiting?.reason;
    const last = status.lastState.terminated?.reason;
    return [
      metric("kube_pod_container_status_restarts_total", labels, status.restartCount),
      metric("kube_pod_container_status_ready", labels, Number(status.ready)),
      ...(waiting === undefined
        ? []
        : [metric("kube_pod_container_status_waiting_reason", { ...labels, reason: waiting }, 1)]),
      ...(last === undefined
        ? []
        : [metric("kube_pod_container_status_last_terminated_reason", { ...labels, reason: last }, 1)]),
    ];
  });
}

function nodeSamples({ store }: World): Sample[] {
  return store.list("nodes").flatMap((node) => {
    const labels = { node: node.metadata.name };
    const conditions = node.status.conditions.flatMap(({ type, status }) =>
      ["true", "false", "unknown"].map((is) =>
        metric(
          "kube_node_status_condition",
          { ...labels, condition: type, status: is },
          Number(status.toLowerCase() === is),
        ),
      ),
    );
    return [...conditions, metric("kube_node_spec_unschedulable", labels, Number(node.spec.unschedulable === true))];
  });
}

/** What users feel: each share of the pods that does not serve costs errors and time. */
function requestSamples({ store }: World): Sample[] {
  const sets = new Map(store.list("replicasets").map((rs) => [rs.metadata.uid, controllerOf(rs)]));
  return store.list("deployments").flatMap((deployment) => {
    const { namespace = "", name, uid } = deployment.metadata;
    const pods = store.list("pods", namespace).filter((pod) => sets.get(controllerOf(pod) ?? "") === uid);
    const serving = pods.filter((pod) => pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True"));
    const wanted = Math.max(1, bounds(deployment).replicas);
    const missing = Math.min(1, Math.max(0, wanted - serving.length) / wanted);
    const labels = { namespace, workload: name };
    const own = (metricName: string, value: number): Sample => ({
      labels: { __name__: metricName, ...labels },
      value: Math.round(value * 10_000) / 10_000,
    });
    return [
      own("http_requests:error_ratio", missing === 1 ? 1 : 0.0008 + 0.06 * missing),
      own("http_request_duration_seconds:p99", 0.31 + 4.8 * missing),
      own("http_requests:rate1m", 42 * wanted * (1 - missing / 2)),
    ];
  });
}

/** Remembers what changed; a series that is gone keeps its past for an hour, ended by a gap. */
export function remember(history: SeriesHistory, samples: readonly Sample[], now: number): void {
  const present = new Set<string>();
  const first = Object.keys(history).length === 0;
  for (const { labels, value } of samples) {
    const key = JSON.stringify(labels);
    present.add(key);
    const points = (history[key] ??= first ? [] : [[now - 1, GONE]]);
    if (points.at(-1)?.[1] !== value) points.push([now, value]);
    if (points.length > POINTS_MAX) points.shift();
  }
  for (const [key, points] of Object.entries(history)) {
    const last = points.at(-1);
    if (present.has(key) || last === undefined) continue;
    if (last[1] !== GONE) points.push([now, GONE]);
    else if (now - last[0] > HISTORY_MS) delete history[key];
  }
}

/** No metric here is negative, and JSON has no NaN. */
const GONE = -1;

/** The samples as they were at a time. Before the first one that is remembered a series is taken to have been the same. */
export function samplesAt(history: SeriesHistory, at: number): Sample[] {
  return Object.entries(history).flatMap(([key, points]) => {
    const point = points.findLast(([time]) => time <= at) ?? points[0];
    return point === undefined || point[1] === GONE ? [] : [{ labels: labelsOf(key), value: point[1] }];
  });
}

export type SeriesPoints = { readonly labels: Labels; readonly points: readonly [number, number][] };

/** The points of a range, with the value that each series had at its beginning. */
export function pointsIn(history: SeriesHistory, from: number, to: number): SeriesPoints[] {
  return Object.entries(history).flatMap(([key, all]) => {
    const before = all.findLast(([time]) => time <= from) ?? all[0];
    const during = all.filter(([time]) => time > from && time <= to);
    const points = [...(before === undefined ? [] : [before]), ...during].filter(([, value]) => value !== GONE);
    return points.length === 0 ? [] : [{ labels: labelsOf(key), points }];
  });
}

const parsed = new Map<string, Labels>();
const PARSED_MAX = 5_000;

function labelsOf(key: string): Labels {
  const known = parsed.get(key);
  if (known !== undefined) return known;
  if (parsed.size > PARSED_MAX) parsed.clear();
  // INVARIANT: keys are written by `remember` alone.
  const labels = JSON.parse(key) as Labels;
  parsed.set(key, labels);
  return labels;
}
