import { z } from "zod";
import type { Action } from "../action.ts";
import { entry } from "../entry.ts";
import { label, subdomain } from "../names.ts";
import { rolledBack, undoByHand } from "../rollback.ts";
import { setDoor, setLanded, setRbac, setVerify } from "../set-change.ts";
import { planSetRollback } from "../set-rollback.ts";

const NAME = "rollback_statefulset";
const KIND = "StatefulSet";

type Input = { readonly namespace: string; readonly statefulset: string; readonly toTemplateOf?: string };

const rollback: Action<Input & Readonly<Record<string, string>>> = {
  name: NAME,
  says: "Puts a StatefulSet's pod template back to that of an earlier revision.",
  scope: "workload",
  reversible: true,
  input: z.strictObject({
    namespace: label,
    statefulset: subdomain,
    toTemplateOf: subdomain
      .exactOptional()
      .describe("the ControllerRevision whose template to use; the one before the present one where it is left out"),
  }),
  rbac: setRbac("statefulsets"),
  subject: ({ namespace, statefulset: name }) => ({ kind: KIND, namespace, name }),
  door: ({ namespace, statefulset: name }) => setDoor(KIND, namespace, name),
  byHand: ({ namespace, statefulset, toTemplateOf }) => undoByHand("statefulset", namespace, statefulset, toTemplateOf),
  plan: (live, { namespace, statefulset: name, toTemplateOf }, world, signal) =>
    planSetRollback(
      live,
      { action: NAME, kind: KIND, argument: "statefulset", namespace, name, toTemplateOf },
      world,
      signal,
    ),
  landed: setLanded(KIND, rolledBack),
  verify: setVerify(KIND, rolledBack),
};

export const action = entry(rollback);
