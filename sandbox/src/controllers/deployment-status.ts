import { timestamp } from "../kinds.ts";
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from "../kinds.ts";
import { bounds } from "./rolling-bounds.ts";

/** The counts and conditions that the real controller writes; a count of zero is left out, as it does. */
export function deploymentStatus(
  deployment: Deployment,
  owned: ReplicaSet[],
  current: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const total = (of: (rs: ReplicaSet) => number | undefined): number => owned.reduce((n, rs) => n + (of(rs) ?? 0), 0);
  const { replicas: wanted, unavailable } = bounds(deployment);
  const replicas = total((rs) => rs.status.replicas);
  const available = total((rs) => rs.status.availableReplicas);
  const counts: Counts = {
    replicas,
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: total((rs) => rs.status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(
      0,
      Math.max(
        wanted,
        total((rs) => rs.spec.replicas),
      ) - available,
    ),
  };
  const enough = available >= wanted - unavailable;
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)),
    conditions: [
      settled(deployment, now, {
        type: "Available",
        status: enough ? "True" : "False",
        reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        message: enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
      }),
      progressing(deployment, counts, current, now),
    ],
  };
}

type Counts = Required<Omit<DeploymentStatus, "conditions" | "observedGeneration">>;

function progressing(deployment: Deployment, counts: Counts, current: ReplicaSet | undefined, now: number): Condition {
  const before = deployment.status.conditions?.find((c) => c.type === "Progressing");
  const say = (status: Condition["status"], reason: string, message: string): Condition =>
    settled(deployment, now, { type: "Progressing", status, reason, message });
  if (deployment.spec.paused === true) return say("Unknown", "DeploymentPaused", "Deployment is paused");
  const rs = `ReplicaSet "${current?.metadata.name ?? ""}"`;
  const wanted = deployment.spec.replicas ?? 1;
  const complete =
    counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas === wanted;
  const fresh = before === undefined || before.message?.startsWith(rs) !== true;
  if (fresh) return { ...say("True", "ReplicaSetUpdated", `${rs} is progressing.`), lastUpdateTime: timestamp(now) };
  if (before.reason === "NewReplicaSetAvailable") return before;
  if (complete) return say("True", "NewReplicaSetAvailable", `${rs} has successfully progressed.`);
  if (moved(deployment.status, counts)) {
    return { ...say("True", "ReplicaSetUpdated", `${rs} is progressing.`), lastUpdateTime: timestamp(now) };
  }
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1_000;
  const late = now - Date.parse(before.lastUpdateTime ?? "") > deadlineMs;
  return late ? say("False", "ProgressDeadlineExceeded", `${rs} has timed out progressing.`) : before;
}

function moved(before: DeploymentStatus, after: Counts): boolean {
  const old = (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
  return (
    after.updatedReplicas > (before.updatedReplicas ?? 0) ||
    after.replicas - after.updatedReplicas < old ||
    after.readyReplicas > (before.readyReplicas ?? 0) ||
    after.availableReplicas > (before.availableReplicas ?? 0)
  );
}

/** Times move only when what they tell of moves. */
function settled(deployment: Deployment, now: number, condition: Condition): Condition {
  const before = deployment.status.conditions?.find((c) => c.type === condition.type);
  const time = timestamp(now);
  if (
    before?.status === condition.status &&
    before.reason === condition.reason &&
    before.message === condition.message
  ) {
    return before;
  }
  const turned = before?.status === condition.status ? before.lastTransitionTime : time;
  return { ...condition, lastUpdateTime: time, lastTransitionTime: turned ?? time };
}
