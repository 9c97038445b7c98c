import type { BackOut } from "@holdfast/schemas";
import { z } from "zod";
import type { Action, Change, Planning } from "../action.ts";
import { counted } from "../counted.ts";
import { changeableDeployment, refused, type LiveDeployment, type Refusal, type Revision } from "../deployment.ts";
import {
  DEPLOYMENT_RBAC,
  deploymentDoor,
  deploymentFacts,
  deploymentLanded,
  deploymentVerify,
  presentState,
  TEMPLATE,
  templatePatch,
  type Arrived,
} from "../deployment-change.ts";
import { difference } from "../difference.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { notUndone } from "../not-undone.ts";
import { ownerOf } from "../owner.ts";
import { isReady, staying } from "../pods.ts";
import { isRecord, sameJson } from "../same-json.ts";
import { sealedValue } from "../sealed-patch.ts";
import { quoted } from "../shell.ts";

const NAME = "rollback_deployment";

type Input = { readonly namespace: string; readonly deployment: string; readonly toTemplateOf?: string };

const arrived: Arrived = (template, sealed) =>
  isRecord(template) && sameJson(template, sealedValue(sealed.request, "replace", TEMPLATE));

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
  plan: async (live, { namespace, deployment, toTemplateOf }, world, signal): Promise<Planning> => {
    const read = await changeableDeployment(live, namespace, deployment, signal);
    if (read.outcome === "refused") return read;
    const step = stepBack(read.found, toTemplateOf);
    if (step.outcome === "refused") return step;
    return { outcome: "planned", change: changeOf(read.found, step, world.cluster, world.now()) };
  },
  landed: deploymentLanded(arrived),
  verify: deploymentVerify(arrived),
};

export const action = entry(rollback);

type Step = { readonly outcome: "step"; readonly from: Revision; readonly to: Revision };

function stepBack(
  { namespace, name, revisions, present, template }: LiveDeployment,
  toTemplateOf: string | undefined,
): Step | Refusal {
  const to =
    toTemplateOf === undefined
      ? revisions.filter((each) => each.number > 0)[1]
      : revisions.find((each) => each.name === toTemplateOf);
  if (!to) {
    const why =
      toTemplateOf === undefined
        ? `${namespace}/${name} has no earlier revision to go back to`
        : `${namespace}/${name} has no ReplicaSet ${toTemplateOf}, or no longer`;
    return refused("no-earlier-revision", `${why}.`);
  }
  if (sameJson(to.template, template))
    return refused(
      "already-at-target",
      `${namespace}/${name} already has the template of ${to.name} (revision ${to.number}).`,
    );
  if (!present)
    return refused(
      "rollout-not-observed",
      `The controller has no ReplicaSet of the present template of ${namespace}/${name} yet, so there would be no way back. Try again in some seconds.`,
    );
  return { outcome: "step", from: present, to };
}

function changeOf(found: LiveDeployment, { from, to }: Step, cluster: string, now: Date): Change {
  const changed = difference({ spec: { template: found.template } }, { spec: { template: to.template } });
  const going = staying(found.pods).filter((pod) => !to.pods.includes(pod));
  return {
    target: { cluster, namespace: found.namespace, kind: "Deployment", name: found.name, uid: found.uid },
    subject: `${cluster}/${found.namespace}/Deployment/${found.name}`,
    podsAffected: Math.max(going.length, starting(found, to)),
    pods: going
      .flatMap((pod) => pod.metadata?.name ?? [])
      .toSorted()
      .slice(0, 50),
    request: templatePatch(found, { op: "replace", path: TEMPLATE, value: to.template }),
    before: changed?.before,
    after: changed?.after,
    now: presentState(found),
    touches: touched(found, to),
    backOut: backOutOf(found, from),
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

/** A template and never a revision number: the controller renumbers revisions as it rolls back. */
function backOutOf({ namespace, name, uid, template }: LiveDeployment, from: Revision): BackOut {
  const patch = JSON.stringify([
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "replace", path: TEMPLATE, value: template },
  ]);
  return {
    kind: "command",
    command: `kubectl -n ${namespace} patch deployment ${name} --type=json -p ${quoted(patch)}`,
    action: {
      action: NAME,
      arguments: [
        { name: "deployment", value: name },
        { name: "namespace", value: namespace },
        { name: "toTemplateOf", value: from.name },
      ],
    },
    because: null,
  };
}
