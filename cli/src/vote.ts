import { shortCode, visibleLine } from "@holdfast/schemas";
import { approval, call, detailOf, need, needToken, tokenOf } from "./door.ts";
import { word, type Fields } from "./fields.ts";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import { distrust, type Signed } from "./signed.ts";
import type { World } from "./world.ts";

export type Ballot = {
  readonly decision: "approve" | "reject";
  readonly typed?: string | undefined;
  readonly reason?: string | undefined;
};

/** A proposal as the door shows it, by id, by the beginning of one, or by short code. */
export async function findProposal(world: World, name: string): Promise<Fields> {
  const { json } = await need(world, "approval", approval(world, `/v1/proposals/${encodeURIComponent(name)}`), {
    token: tokenOf(world),
  });
  return json;
}

/** Casts a vote on the digest that was computed here, and says what became of it. */
export async function cast(
  world: World,
  signed: Signed,
  { decision, typed, reason }: Ballot,
  asJson: boolean,
): Promise<ExitCode> {
  const doubt = decision === "approve" ? distrust(signed) : undefined;
  if (doubt !== undefined) throw new Stopped(EXIT.refused, doubt);
  const body = {
    proposalId: signed.allowed.proposal,
    digest: signed.digest,
    decision,
    ...(typed !== undefined && { typed }),
    ...(reason !== undefined && { reason }),
  };
  const answer = await call(world, "approval", approval(world, "/v1/approvals"), {
    method: "POST",
    body,
    token: needToken(world),
  });
  if (asJson) world.say(answer.text);
  else if (answer.status === 201) world.say(told(signed, decision, answer.json));
  else world.warn(`Your vote was not taken. ${detailOf(answer)}`);
  return answer.status === 201 ? EXIT.done : EXIT.refused;
}

function told({ allowed, digest }: Signed, decision: Ballot["decision"], { state, id }: Fields): string {
  const { action, target } = allowed.plan;
  const what = visibleLine(`${action} ${target.namespace ?? target.cluster}/${target.name}`);
  const done = decision === "approve" ? "You approved" : "You rejected";
  const waits = decision === "approve" && state === "open" ? " It waits for another person." : "";
  return `${done} ${shortCode(digest)}, ${what}. It is ${word(state)}.${waits} Vote ${word(id)}.`;
}
