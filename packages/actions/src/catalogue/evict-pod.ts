import { z } from "zod";
import type { Action, Planning } from "../action.ts";
import { budgetOf } from "../budget.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { podPath } from "../paths.ts";
import { podRbac, removal, removalLanded, removalVerify, replaceablePod } from "../pod-removal.ts";
import type { Door } from "../sealed-patch.ts";

const evictPod: Action<{ readonly namespace: string; readonly pod: string }> = {
  name: "evict_pod",
  says: "Evicts one pod as far as its disruption budget allows, so that its controller replaces it.",
  scope: "pod",
  reversible: true,
  input: z.strictObject({ namespace: label, pod: subdomain }),
  rbac: [
    { group: "", resource: "pods/eviction", verbs: ["create"], named: false },
    { group: "policy", resource: "poddisruptionbudgets", verbs: ["list"], named: false },
    ...podRbac(undefined),
  ],
  subject: ({ namespace, pod }) => ({ kind: "Pod", namespace, name: pod }),
  door: ({ namespace, pod }) => doorOf(namespace, pod),
  plan: async (live, { namespace, pod: name }, world, signal): Promise<Planning> => {
    const read = await replaceablePod(live, namespace, name, signal);
    if (read.outcome === "refused") return read;
    const budget = await budgetOf(live, namespace, read.pod, world.now(), signal);
    if (budget.outcome === "refused") return budget;
    const request = {
      ...doorOf(namespace, name),
      contentType: "application/json",
      body: eviction(namespace, name, read.uid),
    };
    return { outcome: "planned", change: removal(read, request, [budget.fact], world) };
  },
  landed: removalLanded,
  verify: removalVerify,
};

export const action = entry(evictPod);

function doorOf(namespace: string, pod: string): Door {
  return { verb: "POST", path: `${podPath(namespace, pod)}/eviction` };
}

function eviction(namespace: string, name: string, uid: string): Buffer {
  const deleteOptions = { preconditions: { uid } };
  return Buffer.from(
    JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, deleteOptions }),
  );
}
