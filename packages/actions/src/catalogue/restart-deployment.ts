import { z } from "zod";
import type { Action, Change, Planning } from "../action.ts";
import { counted } from "../counted.ts";
import { changeableDeployment, type LiveDeployment } from "../deployment.ts";
import {
  DEPLOYMENT_RBAC,
  deploymentDoor,
  deploymentFacts,
  deploymentLanded,
  deploymentVerify,
  templatePatch,
} from "../deployment-change.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { podNames, staying } from "../pods.ts";
import { presentState } from "../present-state.ts";
import { bystander, restarted, restartHeals, restartOf } from "../restarted-at.ts";

const restart: Action<{ readonly namespace: string; readonly deployment: string }> = {
  name: "restart_deployment",
  says: "Replaces every pod of a Deployment by a fresh one of the same template.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, deployment: subdomain }),
  rbac: DEPLOYMENT_RBAC,
  subject: ({ namespace, deployment }) => ({ kind: "Deployment", namespace, name: deployment }),
  door: ({ namespace, deployment }) => deploymentDoor(namespace, deployment),
  byHand: ({ namespace, deployment }) => `kubectl -n ${namespace} rollout restart deployment ${deployment}`,
  plan: async (live, { namespace, deployment }, world, signal): Promise<Planning> => {
    const read = await changeableDeployment(live, namespace, deployment, signal);
    if (read.outcome === "refused") return read;
    return { outcome: "planned", change: changeOf(read.found, world.cluster, world.now()) };
  },
  landed: deploymentLanded(restarted),
  verify: deploymentVerify(restarted),
};

export const action = entry(restart);

function changeOf(found: LiveDeployment, cluster: string, now: Date): Change {
  const pods = staying(found.pods);
  const { change, before, after } = restartOf(found.template, now.toISOString());
  return {
    target: { cluster, namespace: found.namespace, kind: "Deployment", name: found.name, uid: found.uid },
    subject: `${cluster}/${found.namespace}/Deployment/${found.name}`,
    podsAffected: Math.max(pods.length, found.replicas),
    pods: podNames(pods),
    request: templatePatch(found, change),
    before,
    after,
    now: presentState(found),
    touches: touched(found, pods.length),
    backOut: restartHeals("Deployment"),
    notUndone: [],
    owner: null,
    facts: [...deploymentFacts(found, now), ...bystander(found.object, now)],
  };
}

function touched({ object }: LiveDeployment, pods: number): string {
  if (object.spec?.strategy?.type === "Recreate")
    return `this workload: all ${counted(pods, "pod")} stop first, then new ones start: it is down in between`;
  return `this workload: all ${counted(pods, "pod")} are replaced, a few at a time`;
}
