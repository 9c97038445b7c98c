import { nameValues } from "@holdfast/schemas";
import { z } from "zod";
import type { Action } from "../action.ts";
import { counted } from "../counted.ts";
import { refused, standingDeployment } from "../deployment.ts";
import { DEPLOYMENT_RBAC, deploymentDoor, deploymentVerify } from "../deployment-change.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { outstanding, pauseChange, pausedAs, pauseLanded } from "../rollout-pause.ts";

const resume: Action<{ readonly namespace: string; readonly deployment: string }> = {
  name: "resume_rollout",
  says: "Lets a paused rollout of a Deployment go on.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, deployment: subdomain }),
  rbac: DEPLOYMENT_RBAC,
  subject: ({ namespace, deployment }) => ({ kind: "Deployment", namespace, name: deployment }),
  door: ({ namespace, deployment }) => deploymentDoor(namespace, deployment),
  byHand: ({ namespace, deployment }) => `kubectl -n ${namespace} rollout resume deployment ${deployment}`,
  plan: async (live, { namespace, deployment }, world, signal) => {
    const read = await standingDeployment(live, namespace, deployment, signal);
    if (read.outcome === "refused") return read;
    const { found } = read;
    if (!found.object.spec?.paused)
      return refused("rollout-not-paused", `The rollout of ${namespace}/${deployment} is not paused.`);
    const { old, missing } = outstanding(found);
    const touches = `this workload: ${counted(old.length, "pod")} of other templates ${old.length === 1 ? "goes" : "go"}, ${missing} of the present one ${missing === 1 ? "starts" : "start"}`;
    const action = {
      action: "pause_rollout",
      arguments: nameValues({ deployment, namespace }),
    };
    const command = `kubectl -n ${namespace} rollout pause deployment ${deployment}`;
    const backOut = { kind: "command" as const, command, action, because: null };
    const notUndone = ["pods that are replaced before it is paused again; a rollout that is complete cannot be paused"];
    const words = { touches, podsAffected: Math.max(old.length, missing), notUndone, backOut };
    return { outcome: "planned", change: pauseChange(found, false, words, world) };
  },
  landed: pauseLanded(false),
  verify: deploymentVerify(pausedAs(false)),
};

export const action = entry(resume);
