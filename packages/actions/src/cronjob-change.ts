import type { Answer, ClusterReader, CronJob } from "@holdfast/cluster";
import type { BackOut, Plan } from "@holdfast/schemas";
import type { Change, Check, RbacRule, World } from "./action.ts";
import { counted } from "./counted.ts";
import { refused, type Refusal } from "./deployment.ts";
import { factNamed, kubeFact } from "./fact.ts";
import { ownerOf } from "./owner.ts";
import { cronJobPath } from "./paths.ts";
import { patchDoor, sealedPatch, sealedValue, type Door } from "./sealed-patch.ts";

/** What suspending a CronJob and resuming it have in common. */

export const CRONJOB_RBAC: readonly RbacRule[] = [
  { group: "batch", resource: "cronjobs", verbs: ["get", "patch"], named: true },
];

const SUSPEND = "/spec/suspend";
const GENERATION = "generation";

export function cronJobDoor(namespace: string, name: string): Door {
  return patchDoor(cronJobPath(namespace, name));
}

export type LiveCronJob = {
  readonly outcome: "found";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly object: CronJob;
  readonly suspended: boolean;
  /** Jobs of it that run now. */
  readonly active: number;
};

export async function changeableCronJob(
  live: ClusterReader,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<LiveCronJob | Refusal> {
  const object = await live.get<CronJob>({ kind: "CronJob", namespace, name }, signal);
  const uid = object?.metadata?.uid;
  if (!object || !uid) return refused("object-not-found", `There is no CronJob ${namespace}/${name}.`);
  if (object.metadata?.deletionTimestamp)
    return refused("being-deleted", `The CronJob ${namespace}/${name} is being deleted.`);
  const active = object.status?.active?.length ?? 0;
  return { outcome: "found", namespace, name, uid, object, suspended: object.spec?.suspend === true, active };
}

/** Pods of a run that is on its way are left alone, so none is affected: what changes is whether a next one starts. */
export function cronJobChange(
  { namespace, name, uid, object, suspended, active }: LiveCronJob,
  suspend: boolean,
  words: { readonly touches: string; readonly notUndone: readonly string[]; readonly backOut: BackOut },
  { cluster, now }: World,
): Change {
  const { spec, status } = object;
  return {
    target: { cluster, namespace, kind: "CronJob", name, uid },
    subject: `${cluster}/${namespace}/CronJob/${name}`,
    podsAffected: 0,
    pods: [],
    request: sealedPatch(cronJobDoor(namespace, name), [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: SUSPEND, value: spec?.suspend ?? null },
      { op: "add", path: SUSPEND, value: suspend },
    ]),
    before: { spec: { suspend: spec?.suspend ?? null } },
    after: { spec: { suspend } },
    now: `${suspended ? "suspended" : `runs at ${spec?.schedule ?? "?"}`}; ${counted(active, "job")} of it ${active === 1 ? "runs" : "run"} now`,
    ...words,
    owner: ownerOf(object),
    facts: [
      kubeFact("schedule", spec?.schedule ?? "none", now()),
      kubeFact("last run", status?.lastScheduleTime ?? "never", now()),
      kubeFact("last success", status?.lastSuccessfulTime ?? "never", now()),
      kubeFact(GENERATION, generationOf(object), now()),
    ],
  };
}

export async function cronJobLanded(
  sealed: Plan,
  live: ClusterReader,
  signal?: AbortSignal,
): Promise<"yes" | "no" | "cannot-tell"> {
  const object = await liveTarget(sealed, live, signal);
  if (!object) return "cannot-tell";
  if (isSealed(object, sealed)) return "yes";
  // The same generation: nobody wrote it since, so it was not suspended and resumed in between either.
  return generationOf(object) === factNamed(sealed.facts, GENERATION) ? "no" : "cannot-tell";
}

/** That it holds is all that can be seen at once: the next run comes at its own time, and is not waited for. */
export async function cronJobVerify(
  sealed: Plan,
  live: ClusterReader,
  _answer: Answer | undefined,
  { now }: World,
  signal?: AbortSignal,
): Promise<Check> {
  const object = await liveTarget(sealed, live, signal);
  const { name } = sealed.target;
  if (!object)
    return {
      outcome: "failed",
      says: `The CronJob ${name} is gone, or another took its name.`,
      print: "",
      observed: [],
    };
  const suspended = object.spec?.suspend === true;
  const observed = [
    kubeFact("suspended", String(suspended), now()),
    { name: "next run", value: "not waited for", source: "none", readAt: now().getTime() } as const,
  ];
  return {
    outcome: isSealed(object, sealed) ? "healthy" : "failed",
    says: `The CronJob ${name} ${suspended ? "is suspended" : `runs at ${object.spec?.schedule ?? "?"}`}.`,
    print: `${object.metadata?.uid}:${suspended}`,
    observed,
  };
}

/** An absent field and false are the same to the controller. */
function isSealed(object: CronJob, sealed: Plan): boolean {
  return (object.spec?.suspend ?? false) === sealedValue(sealed.request, "add", SUSPEND);
}

function generationOf({ metadata }: CronJob): string {
  return String(metadata?.generation ?? 0);
}

async function liveTarget({ target }: Plan, live: ClusterReader, signal?: AbortSignal): Promise<CronJob | undefined> {
  const ref = { kind: "CronJob", namespace: target.namespace, name: target.name } as const;
  const object = await live.get<CronJob>(ref, signal);
  return object?.metadata?.uid === target.uid ? object : undefined;
}
