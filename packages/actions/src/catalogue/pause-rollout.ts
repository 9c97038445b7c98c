import { nameValues } from "@holdfast/schemas";
import { z } from "zod";
import type { Action } from "../action.ts";
import { changeableDeployment, refused } from "../deployment.ts";
import { DEPLOYMENT_RBAC, deploymentDoor } from "../deployment-change.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { isReady } from "../pods.ts";
import { pauseChange, pauseLanded, pauseVerify } from "../rollout-pause.ts";
import { rolloutOf } from "../rollout.ts";

const pause: Action<{ readonly namespace: string; readonly deployment: string }> = {
  name: "pause_rollout",
  says: "Stops a Deployment's rollout where it is: no further pod is replaced.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, deployment: subdomain }),
  rbac: DEPLOYMENT_RBAC,
  subject: ({ namespace, deployment }) => ({ kind: "Deployment", namespace, name: deployment }),
  door: ({ namespace, deployment }) => deploymentDoor(namespace, deployment),
  byHand: ({ namespace, deployment }) => `kubectl -n ${namespace} rollout pause deployment ${deployment}`,
  plan: async (live, { namespace, deployment }, world, signal) => {
    const read = await changeableDeployment(live, namespace, deployment, signal);
    if (read.outcome === "refused") return read;
    const { found } = read;
    if (rolloutOf(found.object, 0, world.now().getTime()).outcome === "done")
      return refused(
        "rollout-complete",
        `The rollout of ${namespace}/${deployment} is complete: there is none to pause.`,
      );
    const serving = found.pods.filter(isReady).length;
    const touches = `this workload: no further pod is replaced, and the ${serving} of ${found.replicas} that serve stay as they are`;
    const action = {
      action: "resume_rollout",
      arguments: nameValues({ deployment, namespace }),
    };
    const command = `kubectl -n ${namespace} rollout resume deployment ${deployment}`;
    const backOut = { kind: "command" as const, command, action, because: null };
    return {
      outcome: "planned",
      change: pauseChange(found, true, { touches, podsAffected: 0, notUndone: [], backOut }, world),
    };
  },
  landed: pauseLanded(true),
  verify: pauseVerify,
};

export const action = entry(pause);
