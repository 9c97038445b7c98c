import { createHash } from "node:crypto";
import { sameJson } from "../json.ts";
import type { Deployment, PodTemplate, ReplicaSet } from "../kinds.ts";
import type { Store } from "../store.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const HASH = "pod-template-hash";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

function withoutHash(template: PodTemplate): PodTemplate {
  const { [HASH]: _, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return sameJson(withoutHash(a), withoutHash(b));
}

export function templateHash(template: PodTemplate): string {
  return safeText(
    createHash("sha256")
      .update(JSON.stringify(withoutHash(template)))
      .digest()
      .subarray(0, 9),
  );
}

export function safeText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length] ?? "b").join("");
}

export function revisionOf(object: ReplicaSet | Deployment): number {
  return Number(object.metadata.annotations?.[REVISION] ?? "0");
}

/** Oldest first. */
export function replicaSetsOf(store: Store, deployment: Deployment): ReplicaSet[] {
  return store
    .list("replicasets", deployment.metadata.namespace)
    .filter((rs) => controllerOf(rs) === deployment.metadata.uid)
    .sort(
      (a, b) =>
        Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
        revisionOf(a) - revisionOf(b),
    );
}

export function controllerOf(object: {
  metadata: { ownerReferences?: { uid: string; controller?: boolean }[] };
}): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}
