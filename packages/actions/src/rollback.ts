import type { PodTemplate } from "@holdfast/cluster";
import { nameValues, type BackOut } from "@holdfast/schemas";
import { refused, type Refusal } from "./deployment.ts";
import { isRecord, sameJson } from "./same-json.ts";
import { sealedValue, TEMPLATE, type Arrived } from "./sealed-patch.ts";
import { quoted } from "./shell.ts";

/** What every rollback has in common: which template goes back in, and how the present one comes back. */

export const rolledBack: Arrived = (spec, sealed) =>
  isRecord(spec?.template) && sameJson(spec.template, sealedValue(sealed.request, "replace", TEMPLATE));

type Revised = { readonly name: string; readonly number: number; readonly template: PodTemplate };

type Revisions<Revision extends Revised> = {
  readonly namespace: string;
  readonly name: string;
  readonly template: PodTemplate;
  readonly revisions: readonly Revision[];
  readonly present: Revision | undefined;
};

export type Step<Revision> = { readonly outcome: "step"; readonly from: Revision; readonly to: Revision };

/** @param kept the kind of object that keeps an earlier template: ReplicaSet or ControllerRevision. */
export function stepBack<Revision extends Revised>(
  { namespace, name, revisions, present, template }: Revisions<Revision>,
  toTemplateOf: string | undefined,
  kept: string,
): Step<Revision> | Refusal {
  const to =
    toTemplateOf === undefined
      ? revisions.filter((each) => each.number > 0)[1]
      : revisions.find((each) => each.name === toTemplateOf);
  if (!to) {
    const why =
      toTemplateOf === undefined
        ? `${namespace}/${name} has no earlier revision to go back to`
        : `${namespace}/${name} has no ${kept} ${toTemplateOf}, or no longer`;
    return refused("no-earlier-revision", `${why}.`);
  }
  if (sameJson(to.template, template))
    return refused(
      "already-at-target",
      `${namespace}/${name} already has the template of ${to.name} (revision ${to.number}).`,
    );
  if (!present)
    return refused(
      "rollout-not-observed",
      `The controller has no ${kept} of the present template of ${namespace}/${name} yet, so there would be no way back. Try again in some seconds.`,
    );
  return { outcome: "step", from: present, to };
}

type Holder = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly template: PodTemplate;
};

/**
 * A template and never a revision number: the controller renumbers revisions as it rolls back.
 * @param argument what the action calls the workload, which is also what kubectl calls its kind.
 */
export function templateBackOut(
  action: string,
  argument: "deployment" | "statefulset" | "daemonset",
  { namespace, name, uid, template }: Holder,
  from: Revised,
): BackOut {
  const patch = JSON.stringify([
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "replace", path: TEMPLATE, value: template },
  ]);
  return {
    kind: "command",
    command: `kubectl -n ${namespace} patch ${argument} ${name} --type=json -p ${quoted(patch)}`,
    action: {
      action,
      arguments: nameValues({ [argument]: name, namespace, toTemplateOf: from.name }),
    },
    because: null,
  };
}

/** Which revision an object keeps is asked of it, because the controller renumbers them. */
export function undoByHand(
  argument: "deployment" | "statefulset" | "daemonset",
  namespace: string,
  name: string,
  toTemplateOf: string | undefined,
): string {
  const undo = `kubectl -n ${namespace} rollout undo ${argument} ${name}`;
  if (toTemplateOf === undefined) return undo;
  const kept =
    argument === "deployment"
      ? `replicaset ${toTemplateOf} -o jsonpath='{.metadata.annotations.deployment\\.kubernetes\\.io/revision}'`
      : `controllerrevision ${toTemplateOf} -o jsonpath='{.revision}'`;
  return `${undo} --to-revision=$(kubectl -n ${namespace} get ${kept})`;
}
