import { nameValues } from "@holdfast/schemas";
import { z } from "zod";
import type { Action } from "../action.ts";
import { counted } from "../counted.ts";
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

const suspend: Action<{ readonly namespace: string; readonly cronjob: string }> = {
  name: "suspend_cronjob",
  says: "Starts no further run of a CronJob; a run that is on its way goes on.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, cronjob: subdomain }),
  rbac: CRONJOB_RBAC,
  subject: ({ namespace, cronjob }) => ({ kind: "CronJob", namespace, name: cronjob }),
  door: ({ namespace, cronjob }) => cronJobDoor(namespace, cronjob),
  plan: async (live, { namespace, cronjob }, world, signal) => {
    const found = await changeableCronJob(live, namespace, cronjob, signal);
    if (found.outcome === "refused") return found;
    if (found.suspended)
      return refused("already-suspended", `The CronJob ${namespace}/${cronjob} is suspended already.`);
    const action = { action: "resume_cronjob", arguments: nameValues({ namespace, cronjob }) };
    const command = `kubectl -n ${namespace} patch cronjob ${cronjob} --type=merge -p '{"spec":{"suspend":false}}'`;
    const words = {
      touches: `this CronJob: no further run starts; ${going(found.active)}`,
      notUndone: ["runs that would have started meanwhile"],
      backOut: { kind: "command" as const, command, action, because: null },
    };
    return { outcome: "planned", change: cronJobChange(found, true, words, world) };
  },
  landed: cronJobLanded,
  verify: cronJobVerify,
};

export const action = entry(suspend);

function going(active: number): string {
  return active === 0
    ? "none is on its way"
    : `the ${counted(active, "job")} of it that ${active === 1 ? "runs goes" : "run go"} on`;
}
