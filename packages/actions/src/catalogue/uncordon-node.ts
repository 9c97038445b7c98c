import { z } from "zod";
import type { Action } from "../action.ts";
import { refused } from "../deployment.ts";
import { entry } from "../entry.ts";
import { subdomain } from "../names.ts";
import { changeableNode, NODE_RBAC, nodeChange, nodeDoor, nodeLanded, nodeVerify } from "../node-change.ts";

const uncordon: Action<{ readonly node: string }> = {
  name: "uncordon_node",
  says: "Lets new pods onto a cordoned node again.",
  scope: "cluster",
  reversible: true,
  input: z.strictObject({ node: subdomain }),
  rbac: NODE_RBAC,
  subject: ({ node }) => ({ kind: "Node", namespace: null, name: node }),
  door: ({ node }) => nodeDoor(node),
  plan: async (live, { node: name }, world, signal) => {
    const node = await changeableNode(live, name, signal);
    if (node.outcome === "refused") return node;
    if (!node.cordoned) return refused("node-not-cordoned", `The node ${name} is not cordoned.`);
    const touches = `node ${name} of the whole cluster: new pods may be placed on it again`;
    const undo = { action: "cordon_node", arguments: [{ name: "node", value: name }] };
    return {
      outcome: "planned",
      change: nodeChange(
        node,
        false,
        touches,
        { kind: "command", command: `kubectl cordon ${name}`, action: undo, because: null },
        world,
      ),
    };
  },
  landed: nodeLanded,
  verify: nodeVerify,
};

export const action = entry(uncordon);
