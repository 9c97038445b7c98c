import { forgetOldEvents } from "../events.ts";
import type { World } from "../world.ts";
import { syncDeployments } from "./deployment.ts";
import { collectGarbage } from "./garbage.ts";
import { runPods } from "./kubelet.ts";
import { syncNodes } from "./node.ts";
import { syncReplicaSets } from "./replicaset.ts";
import { schedulePods } from "./scheduler.ts";

/** One round of all controllers. What one of them does, the ones before it see in the next round. */
export function tick(world: World): void {
  syncNodes(world);
  syncDeployments(world);
  syncReplicaSets(world);
  schedulePods(world);
  runPods(world);
  collectGarbage(world);
  forgetOldEvents(world);
}
