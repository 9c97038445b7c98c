import { z } from "zod";
import { lastLine } from "../line.ts";
import type { Recorded } from "./doors.ts";
import { recordOf, type Stage } from "./stage.ts";
import { timeOf } from "./teller.ts";

const analysis = z.object({
  summary: z.string(),
  analyst: z.string(),
  evidence: z.array(
    z.object({ source: z.string(), says: z.string(), readAt: z.number(), outsideWritable: z.boolean() }),
  ),
});
type Evidence = z.infer<typeof analysis>["evidence"][number];

/** What is wrong, and what that rests on; what outsiders can write is marked. */
export async function analysed(stage: Stage, alert: Recorded, incident: string): Promise<void> {
  const { teller } = stage;
  teller.act("The analysis");
  const record = await recordOf(stage, "the analysis", { topic: "analyses", incident });
  const { summary, analyst, evidence } = analysis.parse(record.event);
  const seconds = ((record.recordedAt - alert.recordedAt) / 1000).toFixed(1);
  teller.row("FOUND", summary);
  teller.row("BY", `${analyst}, ${seconds} s after the alert; no model was asked`);
  for (const each of evidence) tellFact(stage, each);
  teller.record(record, "analysis recorded, with its evidence", { secondsAfterAlert: Number(seconds) });
}

/** Where a fact was read, and when; what outsiders can write into stands in quotation marks and is marked. */
function tellFact({ teller, world }: Stage, { source, says, readAt, outsideWritable }: Evidence): void {
  if (!outsideWritable) return teller.row(source, `${says} (read ${timeOf(readAt)})`);
  teller.row(source, `"${lastLine(says)}"`);
  teller.block([`         ${world.paint("warn", "not trusted: whoever can write to this log could say so")}`]);
}
