import type { Action, Planning } from "../action.ts";
import { counted } from "../counted.ts";
import { refused } from "../deployment.ts";
import { entry } from "../entry.ts";
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
  type Scaling,
} from "../scale.ts";
import { waitsFor } from "../set-change.ts";
import { holdingUp } from "../set.ts";

const scaleUp: Action<ScaleInput & Readonly<Record<string, string>>> = {
  name: "scale_up",
  says: "Gives a Deployment or StatefulSet more pods than it has.",
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
    if (to < found.replicas)
      return refused(
        "not-more",
        `${found.namespace}/${found.name} has ${counted(found.replicas, "replica")}, and ${to} would be fewer.`,
      );
    const more = to - found.replicas;
    const waits = workload.kind === "StatefulSet" ? waitsFor(holdingUp(workload.found)) : "";
    const touches = `this workload: ${counted(more, "pod")} more ${more === 1 ? "starts" : "start"}; the ${counted(found.replicas, "pod")} that it has ${found.replicas === 1 ? "stays" : "stay"}${waits}`;
    const words = { pods: [], touches, notUndone: moved(workload), undo: "scale_down" };
    return { outcome: "planned", change: scaleChange(scaling, words, world) };
  },
  landed: scaleLanded,
  verify: scaleVerify,
};

export const action = entry(scaleUp);

function moved(workload: Scaling["workload"]): readonly string[] {
  if (workload.kind === "Deployment") return [];
  const claimed = workload.found.claims.map((each) => `the volumes ${each} that the new pods claim`);
  return ["data that its pods share out anew when their number changes", ...claimed];
}
