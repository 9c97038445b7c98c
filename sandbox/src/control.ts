import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatedCluster } from "./cluster.ts";
import { isReady } from "./controllers/replicaset.ts";
import type { Labels } from "./kinds.ts";
import type { Notifier } from "./notifier.ts";
import { breakWith, healAll, isFiring } from "./scenarios.ts";
import type { Scenario } from "./scenarios.ts";

export type SandboxStatus = {
  readonly healthy: boolean;
  readonly broken: readonly string[];
  readonly namespaces: readonly {
    name: string;
    deployments: readonly { name: string; image: string; ready: number; replicas: number }[];
  }[];
  readonly nodes: readonly { name: string; ready: boolean; schedulable: boolean }[];
  readonly alerts: readonly { fingerprint: string; labels: Labels; startsAt: string; told: boolean }[];
  /** Why the last webhook was not accepted, if it was not. */
  readonly notifying?: string;
};

export type BreakOutcome =
  | { readonly outcome: "fired" }
  | { readonly outcome: "unknown-scenario"; readonly why: string }
  | { readonly outcome: "timed-out"; readonly why: string };

export type Control = {
  readonly scenarios: () => { name: string; says: string }[];
  readonly break: (name: string, waitMs?: number) => Promise<BreakOutcome>;
  readonly heal: () => void;
  readonly status: () => SandboxStatus;
};

const FIRED_MS_MAX = 30_000;
const LOOK_MS = 50;

export function openControl(cluster: SimulatedCluster, scenarios: readonly Scenario[], notifier: Notifier): Control {
  return {
    scenarios: () => scenarios.map(({ name, says }) => ({ name, says })),
    break: async (name, waitMs = FIRED_MS_MAX) => {
      const scenario = scenarios.find((s) => s.name === name);
      if (scenario === undefined) {
        const known = scenarios.map((s) => s.name).join(", ");
        return { outcome: "unknown-scenario", why: `There is no scenario "${name}". The sandbox can break: ${known}.` };
      }
      begin(cluster, scenario);
      return fired(cluster, scenario, notifier, waitMs);
    },
    heal: () => {
      healAll(cluster.world);
      cluster.setBroken([]);
      cluster.keep();
    },
    status: () => statusOf(cluster, notifier),
  };
}

/** What is broken already is not broken again: a release upon a release would hide the good one from a rollback. */
function begin(cluster: SimulatedCluster, scenario: Scenario): void {
  const broken = cluster.broken();
  if (broken.some((one) => one.name === scenario.name)) return;
  breakWith(cluster.world, scenario, cluster.nextBreak());
  const at = new Date(cluster.world.now()).toISOString();
  cluster.setBroken([...broken, { name: scenario.name, at, fired: false }]);
  cluster.keep();
}

async function fired(
  cluster: SimulatedCluster,
  scenario: Scenario,
  notifier: Notifier,
  waitMs: number,
): Promise<BreakOutcome> {
  const until = performance.now() + waitMs;
  for (;;) {
    const told = cluster.book.read().filter((alert) => alert.told === "firing");
    if (isFiring(scenario, told, "all")) {
      cluster.setBroken(cluster.broken().map((one) => (one.name === scenario.name ? { ...one, fired: true } : one)));
      cluster.keep();
      return { outcome: "fired" };
    }
    if (performance.now() > until) {
      const because = notifier.lastFailure() ?? "its alerts do not fire yet";
      return {
        outcome: "timed-out",
        why: `"${scenario.name}" is broken, but its alerts have not reached intake in ${waitMs / 1_000} s: ${because}. They are sent again until intake accepts them.`,
      };
    }
    await sleep(LOOK_MS);
  }
}

function statusOf(cluster: SimulatedCluster, notifier: Notifier): SandboxStatus {
  const { store } = cluster.world;
  const deployments = store.list("deployments");
  const nodes = store.list("nodes").map(({ metadata, spec, status }) => ({
    name: metadata.name,
    ready: status.conditions.some((c) => c.type === "Ready" && c.status === "True"),
    schedulable: spec.unschedulable !== true,
  }));
  const alerts = cluster.book.read().filter((alert) => alert.endsAt === undefined);
  const rolled = deployments.every(({ metadata, spec, status }) => {
    const wanted = spec.replicas ?? 1;
    const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
    return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) && counts.every((n) => (n ?? 0) === wanted);
  });
  const ready = nodes.every((node) => node.ready) && store.list("pods").every(isReady);
  const failure = notifier.lastFailure();
  return {
    healthy: rolled && ready && alerts.length === 0 && cluster.broken().length === 0,
    broken: cluster.broken().map((one) => one.name),
    namespaces: store.listAny("namespaces").map(({ metadata }) => ({
      name: metadata.name,
      deployments: deployments
        .filter((d) => d.metadata.namespace === metadata.name)
        .map(({ metadata: { name }, spec, status }) => ({
          name,
          image: spec.template.spec.containers[0]?.image ?? "",
          ready: status.readyReplicas ?? 0,
          replicas: spec.replicas ?? 1,
        })),
    })),
    nodes,
    alerts: alerts.map(({ fingerprint, labels, startsAt, told }) => ({
      fingerprint,
      labels,
      startsAt,
      told: told === "firing",
    })),
    ...(failure === undefined ? {} : { notifying: failure }),
  };
}
