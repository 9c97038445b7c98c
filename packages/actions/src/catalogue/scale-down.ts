import type { PodTemplate, StatefulSet } from "@holdfast/cluster";
import type { Action, Planning } from "../action.ts";
import { counted } from "../counted.ts";
import { refused } from "../deployment.ts";
import { entry } from "../entry.ts";
import { podNames, staying } from "../pods.ts";
import {
  SCALE_RBAC,
  scalable,
  scaleChange,
  scaleDoor,
  scaleInput,
  scaleLanded,
  scaleSubject,
  scaleVerify,
  type ScaleInput,
} from "../scale.ts";
import { waitsFor } from "../set-change.ts";
import { holdingUp, type LiveSet } from "../set.ts";
import { volatileData } from "../volatile-data.ts";

const scaleDown: Action<ScaleInput & Readonly<Record<string, string>>> = {
  name: "scale_down",
  says: "Gives a Deployment or StatefulSet fewer pods than it has, and never none.",
  scope: "workload",
  reversible: true,
  input: scaleInput,
  rbac: SCALE_RBAC,
  subject: scaleSubject,
  door: scaleDoor,
  plan: async (live, input, world, signal): Promise<Planning> => {
    const scaling = await scalable(live, input, signal);
    if (scaling.outcome === "refused") return scaling;
    const { workload, to } = scaling;
    const { found } = workload;
    if (to > found.replicas)
      return refused(
        "not-fewer",
        `${found.namespace}/${found.name} has ${counted(found.replicas, "replica")}, and ${to} would be more.`,
      );
    if (workload.kind === "StatefulSet" && deletesVolumes(workload.found.object))
      return refused(
        "deletes-volumes",
        `${found.namespace}/${found.name} deletes the volumes of pods that it stops (whenScaled: Delete), and nothing would bring their data back.`,
      );
    const stopping = workload.kind === "StatefulSet" ? last(workload.found, to) : [];
    const which =
      workload.kind === "StatefulSet"
        ? `, the last first${waitsFor(holdingUp(workload.found))}`
        : "; its controller picks which";
    const fewer = found.replicas - to;
    const words = {
      pods: stopping,
      touches: `this workload: ${fewer} of ${counted(found.replicas, "pod")} ${fewer === 1 ? "stops" : "stop"}${which}`,
      notUndone: lost(found.template, workload.kind),
      undo: "scale_up",
    };
    return { outcome: "planned", change: scaleChange(scaling, words, world) };
  },
  landed: scaleLanded,
  verify: scaleVerify,
};

export const action = entry(scaleDown);

function deletesVolumes(object: StatefulSet): boolean {
  return object.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === "Delete";
}

/** A StatefulSet numbers its pods, and stops those with the highest numbers. */
function last({ pods, replicas }: LiveSet, to: number): readonly string[] {
  const number = (name: string | undefined) => Number(/-(\d+)$/.exec(name ?? "")?.[1] ?? -1);
  const byNumber = staying(pods).toSorted((one, other) => number(other.metadata?.name) - number(one.metadata?.name));
  return podNames(byNumber.slice(0, replicas - to));
}

function lost({ spec }: PodTemplate, kind: string): readonly string[] {
  const shared = kind === "StatefulSet" ? ["data that its pods share out anew when their number changes"] : [];
  return [...volatileData(spec, "the stopped pods"), ...shared];
}
