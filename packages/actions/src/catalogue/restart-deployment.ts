import type { PodTemplate } from "@holdfast/cluster";
import type { Plan } from "@holdfast/schemas";
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
  presentState,
  templatePatch,
  type Arrived,
} from "../deployment-change.ts";
import { entry } from "../entry.ts";
import { kubeFact } from "../fact.ts";
import { label, subdomain } from "../names.ts";
import { ownerOf } from "../owner.ts";
import { staying } from "../pods.ts";
import { isRecord } from "../same-json.ts";
import { sealedValue, type Operation } from "../sealed-patch.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const ANNOTATIONS = "/spec/template/metadata/annotations";
const ANNOTATION = `${ANNOTATIONS}/${RESTARTED_AT.replace("/", "~1")}`;

/** The sealed time is this restart's own: whoever finds it in the template has found this change. */
const arrived: Arrived = (template, sealed) => template?.metadata?.annotations?.[RESTARTED_AT] === sealedTime(sealed);

const restart: Action<{ readonly namespace: string; readonly deployment: string }> = {
  name: "restart_deployment",
  says: "Replaces every pod of a Deployment by a fresh one of the same template.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, deployment: subdomain }),
  rbac: DEPLOYMENT_RBAC,
  subject: ({ namespace, deployment }) => ({ kind: "Deployment", namespace, name: deployment }),
  door: ({ namespace, deployment }) => deploymentDoor(namespace, deployment),
  plan: async (live, { namespace, deployment }, world, signal): Promise<Planning> => {
    const read = await changeableDeployment(live, namespace, deployment, signal);
    if (read.outcome === "refused") return read;
    return { outcome: "planned", change: changeOf(read.found, world.cluster, world.now()) };
  },
  landed: deploymentLanded(arrived),
  verify: deploymentVerify(arrived),
};

export const action = entry(restart);

function changeOf(found: LiveDeployment, cluster: string, now: Date): Change {
  const time = now.toISOString();
  const pods = staying(found.pods);
  const owner = ownerOf(found.object);
  return {
    target: { cluster, namespace: found.namespace, kind: "Deployment", name: found.name, uid: found.uid },
    subject: `${cluster}/${found.namespace}/Deployment/${found.name}`,
    podsAffected: Math.max(pods.length, found.replicas),
    pods: pods
      .flatMap((pod) => pod.metadata?.name ?? [])
      .toSorted()
      .slice(0, 50),
    request: templatePatch(found, annotate(found.template, time)),
    before: annotated(found.template.metadata?.annotations?.[RESTARTED_AT] ?? null),
    after: annotated(time),
    now: presentState(found),
    touches: touched(found, pods.length),
    backOut: {
      kind: "self_heals",
      command: null,
      action: null,
      because:
        "The Deployment's controller replaces each pod that it stops by one of the same template, so there is nothing to put back.",
    },
    notUndone: [],
    // GitOps tools leave an annotation that Git does not mention alone, so none of them owns what a restart changes.
    owner: null,
    facts: [
      ...deploymentFacts(found, now),
      ...(owner ? [kubeFact("owner", `${owner.name}; its syncs leave a restart as it is`, now)] : []),
    ],
  };
}

function annotate(template: PodTemplate, time: string): Operation {
  if (template.metadata?.annotations) return { op: "add", path: ANNOTATION, value: time };
  return { op: "add", path: ANNOTATIONS, value: { [RESTARTED_AT]: time } };
}

function sealedTime({ request }: Plan): unknown {
  const whole = sealedValue(request, "add", ANNOTATIONS);
  return isRecord(whole) ? whole[RESTARTED_AT] : sealedValue(request, "add", ANNOTATION);
}

function annotated(time: string | null): unknown {
  return { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: time } } } } };
}

function touched({ object }: LiveDeployment, pods: number): string {
  if (object.spec?.strategy?.type === "Recreate")
    return `this workload: all ${counted(pods, "pod")} stop first, then new ones start: it is down in between`;
  return `this workload: all ${counted(pods, "pod")} are replaced, a few at a time`;
}
