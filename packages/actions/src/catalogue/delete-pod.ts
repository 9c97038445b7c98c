import { z } from "zod";
import type { Action, Planning } from "../action.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { podPath } from "../paths.ts";
import { podRbac, removal, removalLanded, removalVerify, replaceablePod } from "../pod-removal.ts";
import type { Door } from "../sealed-patch.ts";

const deletePod: Action<{ readonly namespace: string; readonly pod: string }> = {
  name: "delete_pod",
  says: "Deletes one pod gracefully, so that its controller replaces it.",
  scope: "pod",
  reversible: true,
  input: z.strictObject({ namespace: label, pod: subdomain }),
  rbac: podRbac("delete"),
  subject: ({ namespace, pod }) => ({ kind: "Pod", namespace, name: pod }),
  door: ({ namespace, pod }) => doorOf(namespace, pod),
  plan: async (live, { namespace, pod }, world, signal): Promise<Planning> => {
    const read = await replaceablePod(live, namespace, pod, signal);
    if (read.outcome === "refused") return read;
    const body = Buffer.from(JSON.stringify({ preconditions: { uid: read.uid } }));
    const request = { ...doorOf(namespace, pod), contentType: "application/json", body };
    return { outcome: "planned", change: removal(read, request, [], world) };
  },
  landed: removalLanded,
  verify: removalVerify,
};

export const action = entry(deletePod);

function doorOf(namespace: string, pod: string): Door {
  return { verb: "DELETE", path: podPath(namespace, pod) };
}
