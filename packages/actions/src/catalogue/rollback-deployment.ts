import { z } from "zod";
import type { Action, Change, Planning } from "../action.ts";
import { counted } from "../counted.ts";
import { changeableDeployment, type LiveDeployment, type Revision } from "../deployment.ts";
import {
  DEPLOYMENT_RBAC,
  deploymentDoor,
  deploymentFacts,
  deploymentLanded,
  deploymentVerify,
  templatePatch,
} from "../deployment-change.ts";
import { difference } from "../difference.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { notUndone } from "../not-undone.ts";
import { ownerOf } from "../owner.ts";
import { isReady, podNames, staying } from "../pods.ts";
import { presentState } from "../present-state.ts";
import { rolledBack, stepBack, templateBackOut, undoByHand, type Step } from "../rollback.ts";
import { TEMPLATE } from "../sealed-patch.ts";

const NAME = "rollback_deployment";

type Input = { readonly namespace: string; readonly deployment: string; readonly toTemplateOf?: string };

const rollback: Action<Input & Readonly<Record<string, string>>> = {
  name: NAME,
  says: "Puts a Deployment's pod template back to that of an earlier revision.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({
    namespace: label,
    deployment: subdomain,
    toTemplateOf: subdomain
      .exactOptional()
      .describe("the ReplicaSet whose template to use; the revision before the present one where it is left out"),
  }),
  rbac: DEPLOYMENT_RBAC,
  subject: ({ namespace, deployment }) => ({ kind: "Deployment", namespace, name: deployment }),
  door: ({ namespace, deployment }) => deploymentDoor(namespace, deployment),
  byHand: ({ namespace, deployment, toTemplateOf }) => undoByHand("deployment", namespace, deployment, toTemplateOf),
  plan: async (live, { namespace, deployment, toTemplateOf }, world, signal): Promise<Planning> => {
    const read = await changeableDeployment(live, namespace, deployment, signal);
    if (read.outcome === "refused") return read;
    const step = stepBack(read.found, toTemplateOf, "ReplicaSet");
    if (step.outcome === "refused") return step;
    return { outcome: "planned", change: changeOf(read.found, step, world.cluster, world.now()) };
  },
  landed: deploymentLanded(rolledBack),
  verify: deploymentVerify(rolledBack),
};

export const action = entry(rollback);

function changeOf(found: LiveDeployment, { from, to }: Step<Revision>, cluster: string, now: Date): Change {
  const changed = difference({ spec: { template: found.template } }, { spec: { template: to.template } });
  const going = staying(found.pods).filter((pod) => !to.pods.includes(pod));
  return {
    target: { cluster, namespace: found.namespace, kind: "Deployment", name: found.name, uid: found.uid },
    subject: `${cluster}/${found.namespace}/Deployment/${found.name}`,
    podsAffected: Math.max(going.length, starting(found, to)),
    pods: podNames(going),
    request: templatePatch(found, { op: "replace", path: TEMPLATE, value: to.template }),
    before: changed?.before,
    after: changed?.after,
    now: presentState(found),
    touches: touched(found, to),
    backOut: templateBackOut(NAME, "deployment", found, from),
    notUndone: notUndone([found.template, to.template]),
    owner: ownerOf(found.object),
    facts: deploymentFacts(found, now),
  };
}

function starting({ replicas }: LiveDeployment, to: Revision): number {
  return Math.max(0, replicas - staying(to.pods).length);
}

/** "this workload: 6 broken pods go, 3 start; the 9 serving pods stay" */
function touched(found: LiveDeployment, to: Revision): string {
  const going = staying(found.pods).filter((pod) => !to.pods.includes(pod));
  const serving = going.filter(isReady).length;
  const parts = [
    ...(going.length > serving
      ? [`${counted(going.length - serving, "broken pod")} ${going.length - serving === 1 ? "goes" : "go"}`]
      : []),
    ...(serving > 0 ? [`${counted(serving, "serving pod")} ${serving === 1 ? "is" : "are"} replaced`] : []),
    `${starting(found, to)} ${starting(found, to) === 1 ? "starts" : "start"}`,
  ];
  const kept = to.pods.filter(isReady).length;
  return `this workload: ${parts.join(", ")}${kept > 0 ? `; the ${counted(kept, "serving pod")} of revision ${to.number} ${kept === 1 ? "stays" : "stay"}` : ""}`;
}
