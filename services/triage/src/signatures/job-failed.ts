import type { Condition, CronJob } from "@holdfast/cluster";
import { nameValues, type ActionCall } from "@holdfast/schemas";
import type { Job } from "../details.ts";
import { at, clock, conditionOf, controllerOf, type LiveFacts, nameOf, titleOf } from "../facts.ts";
import { kube, logTail } from "../quotes.ts";
import type { Quote, Signature } from "../signature.ts";

const REASONS = ["BackoffLimitExceeded", "DeadlineExceeded"];
const REPEATS_MIN = 2;
/** A CronJob keeps few of its failed Jobs; its events name those that are gone. */
const ENDED_BADLY = /^Saw completed job: ([a-z0-9][-a-z0-9.]{0,252}), (?:condition|status): Failed$/u;

export const signature: Signature = {
  name: "job-failed",
  row: 22,
  remedies: ["suspend_cronjob"],
  order: 2,
  looksAt: (kind) => kind === "Job" || kind === "CronJob",
  judge: (facts) => {
    const { target, object, jobs } = facts;
    const newest = jobs.of.toSorted((a, b) => createdAt(b) - createdAt(a))[0];
    const failure = newest === undefined ? undefined : failureOf(newest);
    if (newest === undefined || failure === undefined) return undefined;
    const schedule: CronJob | undefined = target.kind === "CronJob" ? object?.of : undefined;
    const repeats = schedule === undefined ? [] : failuresSince(facts, schedule);
    const isRepeating = repeats.length >= REPEATS_MIN;
    const pods = facts.pods.of.filter((pod) => controllerOf(pod)?.uid === newest.metadata?.uid);
    return {
      subject: target,
      says: isRepeating
        ? `The Jobs of ${titleOf(target)} fail again and again: the last ${repeats.length} that are known, the newest with ${failure.reason ?? "Failed"}.`
        : `Job ${nameOf(newest)} has failed for good: ${failure.reason ?? "Failed"}.`,
      rank: "other",
      explains: pods.map(nameOf),
      confidence: isRepeating ? 85 : 80,
      evidence: [
        kube(
          jobs,
          `job ${nameOf(newest)}: ${failure.type}=True (${failure.reason ?? "no reason"}), ${newest.status?.failed ?? 0} failed pods, backoffLimit ${newest.spec?.backoffLimit ?? 6}, controlled by ${ownerOf(newest)}`,
        ),
        ...scheduleQuote(facts, schedule, repeats),
        ...logTail(facts, pods),
      ],
      remedies: schedule !== undefined && isRepeating && schedule.spec?.suspend !== true ? [suspend(facts)] : [],
    };
  },
};

function createdAt(job: Job): number {
  return at(job.metadata?.creationTimestamp) ?? 0;
}

function failureOf({ status }: Job): Condition | undefined {
  return (["Failed", "FailureTarget"] as const)
    .map((type) => conditionOf(status?.conditions, type))
    .find((condition) => condition?.status === "True" && REASONS.includes(condition.reason ?? ""));
}

/** The Jobs that have failed since the last one that succeeded. */
function failuresSince({ jobs, events, target }: LiveFacts, { status }: CronJob): readonly string[] {
  const succeeded = at(status?.lastSuccessfulTime) ?? 0;
  const kept = jobs.of.filter((job) => failureOf(job) !== undefined && createdAt(job) > succeeded).map(nameOf);
  const gone = events.of
    .filter(({ involvedObject, lastTimestamp, eventTime }) => {
      const time = at(lastTimestamp) ?? at(eventTime) ?? 0;
      return involvedObject?.kind === "CronJob" && involvedObject.name === target.name && time > succeeded;
    })
    .flatMap(({ message }) => ENDED_BADLY.exec(message ?? "")?.[1] ?? []);
  return [...new Set([...kept, ...gone])];
}

function ownerOf(job: Job): string {
  const owner = controllerOf(job);
  return owner === undefined ? "nobody" : `${owner.kind} ${owner.name}`;
}

function scheduleQuote(
  { object, events }: LiveFacts,
  schedule: CronJob | undefined,
  repeats: readonly string[],
): readonly Quote[] {
  if (schedule === undefined || object === undefined) return [];
  const succeeded = at(schedule.status?.lastSuccessfulTime);
  return [
    kube(
      object,
      `schedule ${schedule.spec?.schedule ?? "?"}${schedule.spec?.suspend === true ? ", suspended" : ""}; the last success was ${succeeded === undefined ? "never" : `at ${clock(succeeded)} of ${new Date(succeeded).toISOString().slice(0, 10)}`}`,
    ),
    ...(repeats.length === 0 ? [] : [kube(events, `failed since then: ${repeats.slice(0, 10).join(", ")}`)]),
  ];
}

function suspend({ target }: LiveFacts): ActionCall {
  return {
    action: "suspend_cronjob",
    arguments: nameValues({ cronjob: target.name, namespace: target.namespace ?? "" }),
  };
}
