import type { ClusterReader } from "@holdfast/cluster";
import type { Planning, World } from "./action.ts";
import { podNames, staying } from "./pods.ts";
import { bystander, restartHeals, restartOf } from "./restarted-at.ts";
import { reach, setChange, waitsFor } from "./set-change.ts";
import { changeableSet, holdingUp, type LiveSet, type SetKind } from "./set.ts";

/** Restarting a StatefulSet and a DaemonSet differ in how far they reach. */
export async function planSetRestart(
  live: ClusterReader,
  { kind, namespace, name }: { readonly kind: SetKind; readonly namespace: string; readonly name: string },
  world: World,
  signal?: AbortSignal,
): Promise<Planning> {
  const read = await changeableSet(live, kind, namespace, name, signal);
  if (read.outcome === "refused") return read;
  const { found } = read;
  const pods = staying(found.pods);
  const now = world.now();
  const own = {
    ...restartOf(found.template, now.toISOString()),
    going: Math.max(pods.length, found.replicas),
    pods: podNames(pods),
    touches: touched(found, pods.length),
    backOut: restartHeals(kind),
    notUndone: [],
    owner: null,
  };
  const change = setChange(found, own, world);
  return { outcome: "planned", change: { ...change, facts: [...change.facts, ...bystander(found.object, now)] } };
}

function touched(found: LiveSet, pods: number): string {
  const how = found.kind === "StatefulSet" ? "one after the other, from the last to the first" : "a few at a time";
  const replaced = pods === 1 ? "its one pod is replaced" : `all ${pods} pods are replaced, ${how}`;
  return `${reach(found)}: ${replaced}${waitsFor(holdingUp(found))}`;
}
