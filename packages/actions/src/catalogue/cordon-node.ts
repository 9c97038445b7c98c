import { z } from "zod";
import type { Action } from "../action.ts";
import { refused } from "../deployment.ts";
import { entry } from "../entry.ts";
import { subdomain } from "../names.ts";
import { changeableNode, NODE_RBAC, nodeChange, nodeDoor, nodeLanded, nodeVerify } from "../node-change.ts";

const cordon: Action<{ readonly node: string }> = {
  name: "cordon_node",
  says: "Keeps new pods away from a node; running pods stay.",
  scope: "cluster",
  reversible: true,
  input: z.strictObject({ node: subdomain }),
  rbac: NODE_RBAC,
  subject: ({ node }) => ({ kind: "Node", namespace: null, name: node }),
  door: ({ node }) => nodeDoor(node),
  plan: async (live, { node: name }, world, signal) => {
    const node = await changeableNode(live, name, signal);
    if (node.outcome === "refused") return node;
    if (node.cordoned) return refused("node-already-cordoned", `The node ${name} is already cordoned.`);
    const touches = `node ${name} of the whole cluster: no new pod is placed on it; its running pods stay`;
    const undo = { action: "uncordon_node", arguments: [{ name: "node", value: name }] };
    return {
      outcome: "planned",
      change: nodeChange(
        node,
        true,
        touches,
        { kind: "command", command: `kubectl uncordon ${name}`, action: undo, because: null },
        world,
      ),
    };
  },
  landed: nodeLanded,
  verify: nodeVerify,
};

export const action = entry(cordon);
