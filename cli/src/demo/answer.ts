import { shownByKey } from "../review-keys.ts";
import { distrust, type Signed } from "../signed.ts";
import type { Doors } from "./doors.ts";
import { recordOf, type Stage } from "./stage.ts";

const REASON = "demo";

/** The person's answer; with `yes`, the one that a script gives in their name. */
export async function answered(stage: Stage, signed: Signed, yes: string | undefined): Promise<void> {
  const { doors, teller } = stage;
  const { proposal, confirmText } = signed.allowed;
  teller.act("A person answers");
  const doubt = distrust(signed);
  if (doubt !== undefined) throw new Error(doubt);
  if (yes === undefined) await askPerson(stage, signed);
  else await taken(doors, { ...ballot(signed), decision: "approve", typed: confirmText, reason: REASON });
  const vote = await recordOf(stage, "the vote", { topic: "approvals", proposal });
  const { subject } = await doors.me();
  teller.record(vote, `approved by ${subject}, who typed ${confirmText}`, { by: subject });
}

/** Nothing is filled in, Enter alone sends nothing, and it is the server that compares what was typed. */
export async function askPerson(stage: Stage, signed: Signed): Promise<void> {
  const { doors, teller, world } = stage;
  const text = signed.allowed.confirmText;
  for (;;) {
    world.say(`Type  ${text}  to approve   r reject  d diff  e evidence  u undo  m model`);
    const typed = await heard(stage, "> ");
    const lines = shownByKey(typed, signed, world.now());
    if (lines !== undefined) teller.block(lines);
    else if (typed === "r") return rejected(stage, signed);
    else {
      // Only the server's word counts; a reason is asked for where it can be of use.
      const why = typed === text ? { reason: await heard(stage, "Why? It goes into the record. > ") } : {};
      const { status, says } = await doors.vote({ ...ballot(signed), decision: "approve", typed, ...why });
      if (status === 201) return;
      teller.row("REFUSED", `${status}: ${says}`);
      if (status !== 422) throw new Error("So this proposal cannot be approved any more.");
    }
  }
}

async function rejected(stage: Stage, signed: Signed): Promise<never> {
  const reason = await heard(stage, "Why? It goes into the record. > ");
  await taken(stage.doors, { ...ballot(signed), decision: "reject", reason });
  throw new Error("You rejected it: that is recorded, nothing was changed, and here the story ends.");
}

/** @throws with the door's sentence when the vote was not taken */
async function taken(doors: Doors, vote: Parameters<Doors["vote"]>[0]): Promise<void> {
  const { status, says } = await doors.vote(vote);
  if (status !== 201) throw new Error(`The vote was refused (${status}): ${says}`);
}

/** The next line that says something. */
async function heard({ world }: Stage, prompt: string): Promise<string> {
  for (;;) {
    const line = await world.ask(prompt);
    if (line === undefined) throw new Error("Nobody answered, so nothing was approved and nothing was changed.");
    if (line.trim() !== "") return line;
  }
}

function ballot({ allowed, digest }: Signed): { readonly proposalId: string; readonly digest: string } {
  return { proposalId: allowed.proposal, digest };
}
