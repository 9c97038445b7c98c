import { sameJson } from "../json.ts";
import type { ControllerRevision, DaemonSet, PodTemplate, StatefulSet } from "../kinds.ts";
import type { World } from "../world.ts";
import { controllerOf, templateHash } from "./template.ts";

/** The label of a pod that says which template it was made from. */
export const REVISION_HASH = "controller-revision-hash";

type Revised = StatefulSet | DaemonSet;

/** The ControllerRevision of the present template; one that was there before gets the next number. */
export function ensureRevision(world: World, set: Revised): ControllerRevision | undefined {
  const { store } = world;
  const owned = store
    .list("controllerrevisions", set.metadata.namespace)
    .filter((revision) => controllerOf(revision) === set.metadata.uid);
  const newest = Math.max(0, ...owned.map(({ revision }) => revision));
  const found = owned.find((revision) => sameJson(templateOf(revision), set.spec.template));
  if (found === undefined) return create(world, set, newest + 1);
  if (found.revision === newest) return found;
  return store.update("controllerrevisions", found, (draft) => {
    draft.revision = newest + 1;
  });
}

function create({ store }: World, set: Revised, revision: number): ControllerRevision | undefined {
  const { name, namespace, uid } = set.metadata;
  const hash = templateHash(set.spec.template);
  const label = set.kind === "DaemonSet" ? REVISION_HASH : "controller.kubernetes.io/hash";
  const template = { ...structuredClone(set.spec.template), $patch: "replace" };
  store.create("controllerrevisions", {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...set.spec.template.metadata.labels, [label]: hash },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: set.kind, name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    data: { spec: { template } },
    revision,
  } as object as Parameters<typeof store.create>[1]);
  return store.get("controllerrevisions", namespace, `${name}-${hash}`);
}

export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { $patch: _, ...template } = data.spec.template;
  return template;
}
