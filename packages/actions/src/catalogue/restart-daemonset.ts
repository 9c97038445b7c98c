import { z } from "zod";
import type { Action } from "../action.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { restarted } from "../restarted-at.ts";
import { setDoor, setLanded, setRbac, setVerify } from "../set-change.ts";
import { planSetRestart } from "../set-restart.ts";

const KIND = "DaemonSet";

const restart: Action<{ readonly namespace: string; readonly daemonset: string }> = {
  name: "restart_daemonset",
  says: "Replaces the pod of a DaemonSet on every node by a fresh one of the same template.",
  scope: "cluster",
  reversible: true,
  input: z.strictObject({ namespace: label, daemonset: subdomain }),
  rbac: setRbac("daemonsets"),
  subject: ({ namespace, daemonset: name }) => ({ kind: KIND, namespace, name }),
  door: ({ namespace, daemonset: name }) => setDoor(KIND, namespace, name),
  byHand: ({ namespace, daemonset }) => `kubectl -n ${namespace} rollout restart daemonset ${daemonset}`,
  plan: (live, { namespace, daemonset: name }, world, signal) =>
    planSetRestart(live, { kind: KIND, namespace, name }, world, signal),
  landed: setLanded(KIND, restarted),
  verify: setVerify(KIND, restarted),
};

export const action = entry(restart);
