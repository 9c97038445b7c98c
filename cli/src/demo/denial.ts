import { command as show } from "../commands/show.ts";
import { said } from "./said.ts";
import { recordOf, type Stage } from "./stage.ts";

export const NODE = "node-3";

/** In the simulated prod a node dies; what the signature wants there, policy refuses. */
export async function denied(stage: Stage): Promise<void> {
  const { doors, teller, world } = stage;
  teller.act("Policy says no");
  await teller.working(`${NODE} of the simulated prod stops; waiting for its alert`, () =>
    doors.breakDown("node-not-ready"),
  );
  teller.row("BROKE", `${NODE} of the simulated prod does not answer any more`);
  const drafted = await recordOf(
    stage,
    "a draft",
    { topic: "proposals.drafted" },
    ({ event }) => event["action"] === "cordon_node",
  );
  teller.record(drafted, `drafted by a signature: cordon ${NODE}. It is inert`);
  const proposal = drafted.proposals[0] ?? "";
  const refused = await recordOf(stage, "policy's answer", { topic: "proposals.denied", proposal });
  teller.record(refused, "denied by policy: nobody is asked");
  teller.block(["", ...(await said(world, show, [proposal]))]);
}
