import type { KubeObject, PodTemplate } from "@holdfast/cluster";
import type { BackOut, Fact, Plan } from "@holdfast/schemas";
import { kubeFact } from "./fact.ts";
import { ownerOf } from "./owner.ts";
import { isRecord } from "./same-json.ts";
import { sealedValue, type Arrived, type Operation } from "./sealed-patch.ts";

/** A restart is a moment that is written into the pod template, as `kubectl rollout restart` does it. */

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const ANNOTATIONS = "/spec/template/metadata/annotations";
const ANNOTATION = `${ANNOTATIONS}/${RESTARTED_AT.replace("/", "~1")}`;

/** The sealed time is this restart's own: whoever finds it in the template has found this change. */
export const restarted: Arrived = (spec, sealed) =>
  spec?.template?.metadata?.annotations?.[RESTARTED_AT] === sealedTime(sealed);

/** What changes, of one shape before and after. */
export function restartOf(
  template: PodTemplate,
  time: string,
): { readonly change: Operation; readonly before: unknown; readonly after: unknown } {
  return {
    change: annotate(template, time),
    before: annotated(template.metadata?.annotations?.[RESTARTED_AT] ?? null),
    after: annotated(time),
  };
}

/** GitOps tools leave an annotation that Git does not mention alone, so none of them owns what a restart changes. */
export function bystander(object: KubeObject, now: Date): readonly Fact[] {
  const owner = ownerOf(object);
  return owner ? [kubeFact("owner", `${owner.name}; its syncs leave a restart as it is`, now)] : [];
}

export function restartHeals(kind: string): BackOut {
  return {
    kind: "self_heals",
    command: null,
    action: null,
    because: `The ${kind}'s controller replaces each pod that it stops by one of the same template, so there is nothing to put back.`,
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
