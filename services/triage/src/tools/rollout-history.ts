import type { Container, Deployment, ReplicaSet } from "@holdfast/cluster";
import { z } from "zod";
import { controllerOf, nameOf } from "../facts.ts";
import { defineTool, namespace, objectName } from "../tool.ts";

const SETS_READ = 200;
const REVISIONS_SHOWN = 10;
const REVISION = "deployment.kubernetes.io/revision";

export const tool = defineTool({
  name: "rollout_history",
  says: "Lists the revisions of a Deployment, newest first: when each was created, its images, the names of its variables, its limits, and how many of its pods are ready.",
  input: z.strictObject({ namespace, deployment: objectName }),
  offered: () => true,
  run: async ({ namespace: where, deployment: name }, { reader, now }, signal) => {
    const query = `kubectl -n ${where} rollout history deployment ${name}`;
    const deployment = await reader.get<Deployment>({ kind: "Deployment", namespace: where, name }, signal);
    if (deployment === undefined)
      return { source: "kube", query, readAt: now(), result: "There is no such Deployment.", outsideWritable: false };
    const sets = await reader.list<ReplicaSet>("ReplicaSet", { namespace: where, limit: SETS_READ }, signal);
    const own = sets
      .filter((set) => controllerOf(set)?.uid === deployment.metadata?.uid)
      .toSorted((a, b) => revisionOf(b) - revisionOf(a));
    return {
      source: "kube",
      query,
      readAt: now(),
      result: own.slice(0, REVISIONS_SHOWN).map(inBrief),
      outsideWritable: false,
    };
  },
});

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata?.annotations?.[REVISION] ?? 0);
}

function inBrief(set: ReplicaSet): object {
  return {
    revision: revisionOf(set),
    created: set.metadata?.creationTimestamp,
    replica_set: nameOf(set),
    replicas: set.status?.replicas ?? 0,
    ready: set.status?.readyReplicas ?? 0,
    cause: set.metadata?.annotations?.["kubernetes.io/change-cause"],
    containers: (set.spec?.template?.spec?.containers ?? []).map(container),
  };
}

function container({ name, image, env, resources }: Container): object {
  return { name, image, variables: (env ?? []).map((variable) => variable.name), resources };
}
