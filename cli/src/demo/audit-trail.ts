import { visibleLine } from "@holdfast/schemas";
import { undoOf } from "../events.ts";
import type { Signed } from "../signed.ts";
import { NODE } from "./denial.ts";
import { isChange } from "./execution.ts";
import { proven } from "./proof.ts";
import type { Stage } from "./stage.ts";

/** The story as the log has it, each line proven, that nothing else happened, and how to undo it. */
export async function audited(stage: Stage, { allowed }: Signed): Promise<void> {
  const { doors, teller } = stage;
  teller.act("The audit trail");
  const story = await doors.events({ proposal: allowed.proposal });
  const [last] = story.toReversed();
  const undo = undoOf(story);
  if (last === undefined || undo === undefined)
    throw new Error("The log does not hold the whole story of this proposal.");
  for (const record of story) teller.retold(record);
  await nothingElse(stage);
  teller.row("UNDO", "one command, to copy as it is");
  teller.block([visibleLine(undo)]);
  const { says, numbers } = await teller.working("verifying the log", () => proven(stage, story));
  teller.proof(last, says, { verified: numbers, undo });
}

/** The cluster itself counted what was changed through its API. */
async function nothingElse({ doors, teller }: Stage): Promise<void> {
  const changes = (await doors.writes()).filter(isChange);
  const node = (await doors.cluster()).nodes.find(({ name }) => name === NODE);
  if (changes.length !== 1 || node?.schedulable !== true)
    throw new Error(`One change was approved, the cluster counts ${changes.length}; or ${NODE} is not as it was.`);
  teller.row("ELSE", `nothing: the cluster counts one change, this one; ${NODE} is as it was`);
}
