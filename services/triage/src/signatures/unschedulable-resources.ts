import type { Pod } from "@holdfast/cluster";
import { hasPods, isActive, nameOf, titleOf, unschedulable } from "../facts.ts";
import { kube, named, schedulerQuote } from "../quotes.ts";
import type { Signature } from "../signature.ts";

const INSUFFICIENT = /Insufficient (cpu|memory)/u;

export const signature: Signature = {
  name: "unschedulable-resources",
  row: 13,
  remedies: [],
  order: 4,
  looksAt: hasPods,
  judge: (facts) => {
    const pending = facts.pods.of.filter((pod) => isActive(pod) && INSUFFICIENT.test(unschedulable(pod) ?? ""));
    const [first] = pending;
    if (first === undefined) return undefined;
    const [, what = "cpu"] = INSUFFICIENT.exec(unschedulable(first) ?? "") ?? [];
    return {
      subject: facts.target,
      says: `No node has enough ${what} left for ${named(pending)} of ${titleOf(facts.target)}; what to make room for is a human's choice.`,
      rank: "other",
      explains: pending.map(nameOf),
      confidence: 90,
      evidence: [schedulerQuote(facts, pending), kube(facts.pods, `each pod requests ${requestsOf(first)}`)],
      remedies: [],
    };
  },
};

function requestsOf({ spec }: Pod): string {
  const requests = (spec?.containers ?? []).map(({ name, resources }) => {
    const asked = Object.entries(resources?.requests ?? {}).map(([resource, amount]) => `${resource} ${amount}`);
    return `${asked.length === 0 ? "nothing" : asked.join(", ")} (${name})`;
  });
  return requests.join(", ");
}
