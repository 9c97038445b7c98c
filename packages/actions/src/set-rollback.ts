import type { ClusterReader } from "@holdfast/cluster";
import type { Planning, World } from "./action.ts";
import { counted } from "./counted.ts";
import { difference } from "./difference.ts";
import { notUndone } from "./not-undone.ts";
import { ownerOf } from "./owner.ts";
import { isReady, podNames, staying } from "./pods.ts";
import { stepBack, templateBackOut } from "./rollback.ts";
import { TEMPLATE } from "./sealed-patch.ts";
import { reach, setChange, waitsFor } from "./set-change.ts";
import { changeableSet, holdingUp, type LiveSet, type SetKind, type SetRevision } from "./set.ts";

type Wanted = {
  readonly action: string;
  readonly kind: SetKind;
  readonly argument: "statefulset" | "daemonset";
  readonly namespace: string;
  readonly name: string;
  readonly toTemplateOf: string | undefined;
};

/**
 * What the ControllerRevision keeps is put back as a JSON patch: the strategic merge patch that it holds could test neither
 * the template nor anything else that was seen.
 */
export async function planSetRollback(
  live: ClusterReader,
  { action, kind, argument, namespace, name, toTemplateOf }: Wanted,
  world: World,
  signal?: AbortSignal,
): Promise<Planning> {
  const read = await changeableSet(live, kind, namespace, name, signal);
  if (read.outcome === "refused") return read;
  const { found } = read;
  const step = stepBack(found, toTemplateOf, "ControllerRevision");
  if (step.outcome === "refused") return step;
  const { from, to } = step;
  const going = staying(found.pods).filter((pod) => !to.pods.includes(pod));
  const changed = difference({ spec: { template: found.template } }, { spec: { template: to.template } });
  const own = {
    change: { op: "replace" as const, path: TEMPLATE, value: to.template },
    before: changed?.before,
    after: changed?.after,
    going: Math.max(going.length, found.replicas - staying(to.pods).length),
    pods: podNames(going),
    touches: touched(found, to),
    backOut: templateBackOut(action, argument, found, from),
    notUndone: [
      ...notUndone([found.template, to.template]),
      ...found.claims.map((each) => `data in the volumes ${each} of its pods`),
    ],
    owner: ownerOf(found.object),
  };
  return { outcome: "planned", change: setChange(found, own, world) };
}

function touched(found: LiveSet, to: SetRevision): string {
  const going = staying(found.pods).filter((pod) => !to.pods.includes(pod));
  const serving = going.filter(isReady).length;
  const parts = [
    ...(going.length > serving ? [counted(going.length - serving, "broken pod")] : []),
    ...(serving > 0 ? [counted(serving, "serving pod")] : []),
  ];
  const replaced =
    parts.length === 0 ? "no pod is replaced" : `${parts.join(" and ")} ${going.length === 1 ? "is" : "are"} replaced`;
  const kept = to.pods.filter(isReady).length;
  const stays =
    kept > 0 ? `; the ${counted(kept, "serving pod")} of revision ${to.number} ${kept === 1 ? "stays" : "stay"}` : "";
  const stuck = holdingUp(found).filter((pod) => !to.pods.includes(pod));
  return `${reach(found)}: ${replaced}${stays}${waitsFor(stuck)}`;
}
