import { nameValues } from "@holdfast/schemas";
import { z } from "zod";
import type { Action } from "../action.ts";
import {
  changeableCronJob,
  CRONJOB_RBAC,
  cronJobChange,
  cronJobDoor,
  cronJobLanded,
  cronJobVerify,
} from "../cronjob-change.ts";
import { refused } from "../deployment.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";

const resume: Action<{ readonly namespace: string; readonly cronjob: string }> = {
  name: "resume_cronjob",
  says: "Lets a suspended CronJob run at its times again.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, cronjob: subdomain }),
  rbac: CRONJOB_RBAC,
  subject: ({ namespace, cronjob }) => ({ kind: "CronJob", namespace, name: cronjob }),
  door: ({ namespace, cronjob }) => cronJobDoor(namespace, cronjob),
  plan: async (live, { namespace, cronjob }, world, signal) => {
    const found = await changeableCronJob(live, namespace, cronjob, signal);
    if (found.outcome === "refused") return found;
    if (!found.suspended) return refused("not-suspended", `The CronJob ${namespace}/${cronjob} is not suspended.`);
    const action = { action: "suspend_cronjob", arguments: nameValues({ namespace, cronjob }) };
    const command = `kubectl -n ${namespace} patch cronjob ${cronjob} --type=merge -p '{"spec":{"suspend":true}}'`;
    const words = {
      touches: `this CronJob: runs start again at ${found.object.spec?.schedule ?? "?"}, ${missed(found.object.spec?.startingDeadlineSeconds)}`,
      notUndone: ["what a run does once it has started"],
      backOut: { kind: "command" as const, command, action, because: null },
    };
    return { outcome: "planned", change: cronJobChange(found, false, words, world) };
  },
  landed: cronJobLanded,
  verify: cronJobVerify,
};

export const action = entry(resume);

/** Without a deadline the controller starts the last missed run at once, and none any more after more than a hundred of them. */
function missed(deadlineSeconds: number | null | undefined): string {
  if (deadlineSeconds === null || deadlineSeconds === undefined)
    return "the last missed one at once; after more than 100 missed runs none starts at all";
  return `and a missed one only if it is at most ${deadlineSeconds} s late`;
}
