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
  const sets = new Set([...store.list("statefulsets"), ...store.list("daemonsets")].map((set) => set.metadata.uid));
  for (const revision of store.list("controllerrevisions")) {
    const owner = controllerOf(revision);
    if (owner !== undefined && !sets.has(owner)) store.remove("controllerrevisions", revision);
  }
  const controllers = new Set([...sets, ...store.list("replicasets").map((rs) => rs.metadata.uid)]);
  for (const pod of store.list("pods")) {
    const owner = controllerOf(pod);
    if (owner !== undefined && !controllers.has(owner)) markDeleted(world, pod, 30);
  }
}
