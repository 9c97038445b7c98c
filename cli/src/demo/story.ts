import { analysed } from "./analysis.ts";
import { answered } from "./answer.ts";
import { audited } from "./audit-trail.ts";
import { breaking } from "./breaking.ts";
import { denied } from "./denial.ts";
import { executed } from "./execution.ts";
import { offered } from "./review.ts";
import type { Stage } from "./stage.ts";

/** The whole story, from a firing alert to an audited action. @throws with a sentence when anything did not happen */
export async function playStory(stage: Stage, yes: string | undefined): Promise<void> {
  const { alert, incident } = await breaking(stage);
  await analysed(stage, alert, incident);
  await denied(stage);
  const signed = await offered(stage, incident);
  await answered(stage, signed, yes);
  await executed(stage, signed.allowed.proposal, incident);
  await audited(stage, signed);
}
