import type { Node, Pod } from "@holdfast/cluster";
import { nameValues } from "@holdfast/schemas";
import type { DetailedPodSpec } from "../details.ts";
import {
  conditionOf,
  hasPods,
  isActive,
  isNodeReady,
  type LiveFacts,
  nameOf,
  titleOf,
  unschedulable,
} from "../facts.ts";
import { kube, named, schedulerQuote } from "../quotes.ts";
import type { Quote, Signature } from "../signature.ts";

const PLACEMENT = /untolerated taint|didn't match|volume node affinity conflict/u;
const CORDONED = /were unschedulable/u;
/** Then the reason is another: taints of a control plane stand in nearly every message. */
const INSUFFICIENT = /Insufficient (cpu|memory)/u;
const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"];

export const signature: Signature = {
  name: "unschedulable-placement",
  row: 14,
  remedies: ["uncordon_node"],
  // a node that only has to be let in again is a nearer cause than nodes that are full
  order: 3,
  looksAt: hasPods,
  judge: (facts) => {
    const pending = facts.pods.of.filter((pod) => isActive(pod) && isMisplaced(unschedulable(pod)));
    const [first] = pending;
    if (first === undefined) return undefined;
    const cordoned = CORDONED.test(unschedulable(first) ?? "") ? facts.cordoned.of : [];
    const [node, ...others] = cordoned;
    const only = node !== undefined && others.length === 0 && isWell(node) ? node : undefined;
    return {
      subject:
        only === undefined
          ? facts.target
          : {
              cluster: facts.target.cluster,
              namespace: null,
              kind: "Node",
              name: nameOf(only),
              uid: only.metadata?.uid ?? null,
            },
      says: `No node may take ${named(pending)} of ${titleOf(facts.target)}${only === undefined ? "" : `: node ${nameOf(only)} is well and takes no new pods because it is cordoned`}.`,
      rank: "other",
      explains: pending.map(nameOf),
      confidence: only === undefined ? 85 : 70,
      evidence: [
        schedulerQuote(facts, pending),
        kube(facts.pods, selectorOf(first)),
        ...cordonedQuote(facts, cordoned),
      ],
      remedies: only === undefined ? [] : [{ action: "uncordon_node", arguments: nameValues({ node: nameOf(only) }) }],
    };
  },
};

function isMisplaced(message: string | undefined): boolean {
  if (message === undefined) return false;
  return CORDONED.test(message) || (PLACEMENT.test(message) && !INSUFFICIENT.test(message));
}

function isWell(node: Node): boolean {
  const { status } = node;
  return isNodeReady(node) && PRESSURES.every((type) => conditionOf(status?.conditions, type)?.status !== "True");
}

function selectorOf({ spec }: Pod): string {
  const detailed: DetailedPodSpec | null | undefined = spec;
  const labels = Object.entries(detailed?.nodeSelector ?? {}).map(([name, value]) => `${name}=${value}`);
  return labels.length === 0 ? "its pods select no nodes by label" : `its pods want nodes with ${labels.join(", ")}`;
}

function cordonedQuote(facts: LiveFacts, nodes: readonly Node[]): readonly Quote[] {
  return nodes.length === 0
    ? []
    : [
        kube(
          facts.cordoned,
          `these nodes take no new pods (spec.unschedulable): ${nodes.map((node) => `${nameOf(node)}${isWell(node) ? "" : ", which is not well"}`).join(", ")}`,
        ),
      ];
}
