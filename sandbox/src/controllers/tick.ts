import { forgetOldEvents } from "../events.ts";
import type { World } from "../world.ts";
import { syncDaemonSets } from "./daemonset.ts";
import { syncDeployments } from "./deployment.ts";
import { syncBudgets } from "./disruption.ts";
import { collectGarbage } from "./garbage.ts";
import { runPods } from "./kubelet.ts";
import { syncNodes } from "./node.ts";
import { syncReplicaSets } from "./replicaset.ts";
import { schedulePods } from "./scheduler.ts";
import { syncStatefulSets } from "./statefulset.ts";

/** One round of all controllers. What one of them does, the ones before it see in the next round. */
export function tick(world: World): void {
  syncNodes(world);
  syncDeployments(world);
  syncReplicaSets(world);
  syncStatefulSets(world);
  syncDaemonSets(world);
  schedulePods(world);
  runPods(world);
  syncBudgets(world);
  collectGarbage(world);
  forgetOldEvents(world);
}
