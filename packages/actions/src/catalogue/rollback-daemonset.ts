import { z } from "zod";
import type { Action } from "../action.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { rolledBack, undoByHand } from "../rollback.ts";
import { setDoor, setLanded, setRbac, setVerify } from "../set-change.ts";
import { planSetRollback } from "../set-rollback.ts";

const NAME = "rollback_daemonset";
const KIND = "DaemonSet";

type Input = { readonly namespace: string; readonly daemonset: string; readonly toTemplateOf?: string };

const rollback: Action<Input & Readonly<Record<string, string>>> = {
  name: NAME,
  says: "Puts a DaemonSet's pod template back to that of an earlier revision.",
  scope: "cluster",
  reversible: true,
  input: z.strictObject({
    namespace: label,
    daemonset: subdomain,
    toTemplateOf: subdomain
      .exactOptional()
      .describe("the ControllerRevision whose template to use; the one before the present one where it is left out"),
  }),
  rbac: setRbac("daemonsets"),
  subject: ({ namespace, daemonset: name }) => ({ kind: KIND, namespace, name }),
  door: ({ namespace, daemonset: name }) => setDoor(KIND, namespace, name),
  byHand: ({ namespace, daemonset, toTemplateOf }) => undoByHand("daemonset", namespace, daemonset, toTemplateOf),
  plan: (live, { namespace, daemonset: name, toTemplateOf }, world, signal) =>
    planSetRollback(
      live,
      { action: NAME, kind: KIND, argument: "daemonset", namespace, name, toTemplateOf },
      world,
      signal,
    ),
  landed: setLanded(KIND, rolledBack),
  verify: setVerify(KIND, rolledBack),
};

export const action = entry(rollback);
