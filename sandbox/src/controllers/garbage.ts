import type { World } from "../world.ts";
import { markDeleted } from "./replicaset.ts";
import { controllerOf } from "./template.ts";

/** What is left without its controller goes too. */
export function collectGarbage(world: World): void {
  const { store } = world;
  const deployments = new Set(store.list("deployments").map((d) => d.metadata.uid));
  for (const rs of store.list("replicasets")) {
    const owner = controllerOf(rs);
    if (owner !== undefined && !deployments.has(owner)) store.remove("replicasets", rs);
  }
  const sets = new Set(store.list("replicasets").map((rs) => rs.metadata.uid));
  for (const pod of store.list("pods")) {
    const owner = controllerOf(pod);
    if (owner !== undefined && !sets.has(owner)) markDeleted(world, pod, 30);
  }
}
