import type { Condition, CronJob, Event, Pod, StatefulSet } from "@holdfast/cluster";
import type { Autoscaler, Job } from "./details.ts";
import type { LiveFacts } from "./facts.ts";
import { factsOf, minutesAgo, NOTHING, NOW, read } from "./testing-facts.ts";

function emptyFacts(kind: string, name: string): LiveFacts {
  const facts = factsOf({ releases: [] });
  return {
    ...facts,
    target: { ...facts.target, namespace: "shop", kind, name, uid: `uid-${name}` },
    deployment: undefined,
    replicaSets: NOTHING,
  };
}

type Member = {
  readonly revision?: string;
  readonly waits?: string;
  readonly node?: string;
  readonly unreadyMinutes?: number;
};
type SetPlan = {
  readonly members: readonly Member[];
  readonly current?: string;
  readonly update?: string;
  /** Minutes since the revision to which it is updated was created. */
  readonly ageMinutes?: number;
};

/** The facts of StatefulSet `db`, whose members are its ordinals from 0. A member that waits is not ready. */
export function setFacts({ members, current = "db-1", update = "db-2", ageMinutes = 20 }: SetPlan): LiveFacts {
  const of: StatefulSet = {
    metadata: { name: "db", uid: "uid-db", generation: 3 },
    spec: { replicas: members.length, updateStrategy: { type: "RollingUpdate" } },
    status: { currentRevision: current, updateRevision: update, updatedReplicas: 1, readyReplicas: 2 },
  };
  return {
    ...emptyFacts("StatefulSet", "db"),
    object: { of, ...read("kubectl -n shop get statefulset db") },
    revisions: {
      of: [
        { metadata: { name: "db-1", creationTimestamp: minutesAgo(9_000) }, revision: 1 },
        { metadata: { name: "db-2", creationTimestamp: minutesAgo(ageMinutes) }, revision: 2 },
      ],
      ...read("kubectl -n shop get controllerrevisions"),
    },
    pods: { of: members.map(memberOf), ...read("kubectl -n shop get pods") },
  };
}

function memberOf({ revision = "db-1", waits, node = "node-1", unreadyMinutes }: Member, ordinal: number): Pod {
  const isSick = waits !== undefined || unreadyMinutes !== undefined;
  return {
    metadata: {
      name: `db-${ordinal}`,
      uid: `uid-db-${ordinal}`,
      labels: { "controller-revision-hash": revision },
      ownerReferences: [{ kind: "StatefulSet", name: "db", uid: "uid-db", controller: true }],
    },
    spec: { nodeName: node, containers: [{ name: "db", image: "postgres:18" }] },
    status: {
      phase: "Running",
      conditions: [
        { type: "Ready", status: isSick ? "False" : "True", lastTransitionTime: minutesAgo(unreadyMinutes ?? 10) },
      ],
      containerStatuses: [
        {
          name: "db",
          restartCount: 0,
          state: waits === undefined ? { running: { startedAt: minutesAgo(600) } } : { waiting: { reason: waits } },
        },
      ],
    },
  };
}

export type JobPlan = { readonly name: string; readonly minutes: number; readonly ended?: Partial<Condition> };
type CronPlan = {
  readonly jobs: readonly JobPlan[];
  readonly lastSuccessMinutes?: number;
  readonly suspend?: boolean;
  readonly said?: readonly string[];
};

/** The facts of CronJob `nightly`: the Jobs that it still has, and what its events say of those that are gone. */
export function cronFacts({ jobs, lastSuccessMinutes, suspend = false, said = [] }: CronPlan): LiveFacts {
  const of: CronJob = {
    metadata: { name: "nightly", uid: "uid-nightly" },
    spec: { schedule: "0 * * * *", suspend },
    status: { lastSuccessfulTime: lastSuccessMinutes === undefined ? null : minutesAgo(lastSuccessMinutes) },
  };
  const events: readonly Event[] = said.map((message) => ({
    reason: "SawCompletedJob",
    message,
    lastTimestamp: minutesAgo(30),
    involvedObject: { kind: "CronJob", namespace: "shop", name: "nightly", uid: "uid-nightly" },
  }));
  return {
    ...emptyFacts("CronJob", "nightly"),
    object: { of, ...read("kubectl -n shop get cronjob nightly") },
    jobs: { of: jobs.map(jobOf), ...read("kubectl -n shop get jobs") },
    pods: { of: jobs.map(podOfJob), ...read("kubectl -n shop get pods -l 'job-name'") },
    events: { of: events, ...read("kubectl -n shop get events") },
  };
}

/** The facts of one Job that nothing schedules. */
export function jobFacts(plan: JobPlan): LiveFacts {
  const job: Job = { ...jobOf(plan), metadata: { name: plan.name, uid: `uid-${plan.name}` } };
  return {
    ...emptyFacts("Job", plan.name),
    object: { of: job, ...read(`kubectl -n shop get job ${plan.name}`) },
    jobs: { of: [job], ...read(`kubectl -n shop get job ${plan.name}`) },
    pods: { of: [podOfJob(plan)], ...read("kubectl -n shop get pods") },
  };
}

function jobOf({ name, minutes, ended }: JobPlan): Job {
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      creationTimestamp: minutesAgo(minutes),
      ownerReferences: [{ kind: "CronJob", name: "nightly", uid: "uid-nightly", controller: true }],
    },
    spec: { backoffLimit: 2 },
    status: { failed: 3, conditions: ended === undefined ? null : [{ type: "Failed", status: "True", ...ended }] },
  };
}

function podOfJob({ name }: JobPlan): Pod {
  return {
    metadata: {
      name: `${name}-x`,
      uid: `uid-${name}-x`,
      ownerReferences: [{ kind: "Job", name, uid: `uid-${name}`, controller: true }],
    },
    status: { phase: "Failed" },
  };
}

type ScalePlan = {
  readonly current?: number;
  readonly min?: number;
  readonly max?: number;
  readonly limited?: Partial<Condition>;
  readonly pods?: LiveFacts["pods"]["of"];
};

/** The facts of HorizontalPodAutoscaler `web`, and of the pods that it scales. */
export function autoscalerFacts({ current = 6, min = 2, max = 6, limited, pods = [] }: ScalePlan = {}): LiveFacts {
  const autoscaler: Autoscaler = {
    metadata: { name: "web", uid: "uid-web" },
    spec: {
      scaleTargetRef: { kind: "Deployment", name: "web" },
      minReplicas: min,
      maxReplicas: max,
      metrics: [{ type: "Resource", resource: { name: "cpu", target: { averageUtilization: 70 } } }],
    },
    status: {
      currentReplicas: current,
      currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 94 } } }],
      conditions: [
        {
          type: "ScalingLimited",
          status: "True",
          reason: "TooManyReplicas",
          lastTransitionTime: new Date(NOW - 25 * 60_000).toISOString(),
          ...limited,
        },
      ],
    },
  };
  return {
    ...emptyFacts("HorizontalPodAutoscaler", "web"),
    object: { of: autoscaler, ...read("kubectl -n shop get horizontalpodautoscaler web") },
    autoscalers: { of: [autoscaler], ...read("kubectl -n shop get horizontalpodautoscaler web") },
    pods: { of: pods, ...read("kubectl -n shop get pods") },
  };
}
