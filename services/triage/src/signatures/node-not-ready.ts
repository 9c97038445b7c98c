import type { Condition, Node } from "@holdfast/cluster";
import { nameValues } from "@holdfast/schemas";
import { ago, at, isActive, isReady, nameOf, type LiveFacts } from "../facts.ts";
import { kube } from "../quotes.ts";
import type { Quote, Signature } from "../signature.ts";

const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"];

export const signature: Signature = {
  name: "node-not-ready",
  row: 28,
  remedies: ["cordon_node"],
  order: 3,
  looksAt: () => true,
  judge: (facts) => {
    const node = facts.nodes.of.find((one) => trouble(one) !== undefined);
    const condition = node === undefined ? undefined : trouble(node);
    if (node === undefined || condition === undefined) return undefined;
    const name = nameOf(node);
    const failing = facts.pods.of.filter((pod) => isActive(pod) && pod.spec?.nodeName === name && !isReady(pod));
    const since = at(condition.lastTransitionTime);
    const cordoned = node.spec?.unschedulable === true;
    return {
      subject: { cluster: facts.target.cluster, namespace: null, kind: "Node", name, uid: node.metadata?.uid ?? null },
      says: `Node ${name} ${condition.type === "Ready" ? "is not ready" : `is under ${condition.type}`}${since === undefined ? "" : ` for ${ago(since, facts.now)}`}${cordoned ? ", and takes no new pods already" : ""}.`,
      rank:
        facts.target.kind === "Node" ||
        facts.pods.of.every((pod) => !isActive(pod) || isReady(pod) || failing.includes(pod))
          ? "node"
          : "other",
      explains: failing.map(nameOf),
      confidence: 90,
      evidence: [
        kube(
          facts.nodes,
          `${name}: ${condition.type}=${condition.status} (${condition.reason ?? "no reason"})${since === undefined ? "" : ` since ${new Date(since).toISOString()}`}`,
        ),
        podsQuote(facts, name, failing.length),
      ],
      remedies: cordoned ? [] : [{ action: "cordon_node", arguments: nameValues({ node: name }) }],
    };
  },
};

function trouble(node: Node): Condition | undefined {
  return node.status?.conditions?.find(
    ({ type, status }) => (type === "Ready" && status !== "True") || (PRESSURES.includes(type) && status === "True"),
  );
}

function podsQuote(facts: LiveFacts, node: string, failing: number): Quote {
  const on = facts.pods.of.filter((pod) => isActive(pod) && pod.spec?.nodeName === node).length;
  return kube(facts.pods, `of the pods that could be read, ${on} are on it, and ${failing} of them are not Ready`);
}
