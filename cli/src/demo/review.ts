import { panel } from "../panel.ts";
import { inFull } from "../review-screen.ts";
import { readSigned, type Signed } from "../signed.ts";
import { findProposal } from "../vote.ts";
import { recordOf, type Stage } from "./stage.ts";

/** The remedy that policy allows, as `holdfast review` shows it: from the bytes that policy signed. */
export async function offered(stage: Stage, incident: string): Promise<Signed> {
  const { teller, world } = stage;
  teller.act("Policy lets a person decide");
  const drafted = await recordOf(stage, "a draft", { topic: "proposals.drafted", incident });
  teller.record(drafted, `drafted by a signature: ${String(drafted.event["action"])}. It is inert`);
  const proposal = drafted.proposals[0] ?? "";
  const allowed = await recordOf(stage, "policy's answer", { topic: "proposals.allowed", proposal });
  teller.record(allowed, "allowed by policy: planned from the live object, sealed");
  const shown = await findProposal(world, proposal);
  const signed = await readSigned(world, shown);
  teller.block(["", ...(await panel(world, shown, signed, "with keys")), "", ...inFull(signed)]);
  return signed;
}
