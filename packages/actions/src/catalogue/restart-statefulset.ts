import { z } from "zod";
import type { Action } from "../action.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { restarted } from "../restarted-at.ts";
import { setDoor, setLanded, setRbac, setVerify } from "../set-change.ts";
import { planSetRestart } from "../set-restart.ts";

const KIND = "StatefulSet";

const restart: Action<{ readonly namespace: string; readonly statefulset: string }> = {
  name: "restart_statefulset",
  says: "Replaces every pod of a StatefulSet, one after the other, by a fresh one of the same template.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({ namespace: label, statefulset: subdomain }),
  rbac: setRbac("statefulsets"),
  subject: ({ namespace, statefulset: name }) => ({ kind: KIND, namespace, name }),
  door: ({ namespace, statefulset: name }) => setDoor(KIND, namespace, name),
  byHand: ({ namespace, statefulset }) => `kubectl -n ${namespace} rollout restart statefulset ${statefulset}`,
  plan: (live, { namespace, statefulset: name }, world, signal) =>
    planSetRestart(live, { kind: KIND, namespace, name }, world, signal),
  landed: setLanded(KIND, restarted),
  verify: setVerify(KIND, restarted),
};

export const action = entry(restart);
