import { shortCode, visibleLine } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";
import { readSigned, type Signed } from "../signed.ts";
import { cast, findProposal } from "../vote.ts";

const USAGE = "approve ID [--typed TEXT --reason TEXT] [--json]";

export const command: Command = {
  usage: USAGE,
  says: "your yes to exactly this change; what more than one pod depends on needs --typed and --reason",
  run: async (args, world) => {
    const { values, names } = given(
      USAGE,
      args,
      { typed: { type: "string" }, reason: { type: "string" }, json: { type: "boolean" } },
      { least: 1, most: 1 },
    );
    const shown = await findProposal(world, names[0] ?? "");
    if (shown["digest"] === undefined)
      throw new Stopped(EXIT.refused, "There is nothing to approve: policy denied it, or has not answered yet.");
    const signed = await readSigned(world, shown);
    const missing = missingFor(signed, values.typed, values.reason);
    if (missing !== undefined) throw new Stopped(EXIT.refused, missing);
    return cast(
      world,
      signed,
      { decision: "approve", typed: values.typed, reason: values.reason },
      values.json === true,
    );
  },
};

/** What the tier asks for and was not given, all of it at once; undefined where nothing is missing. */
function missingFor(
  { tier, digest, allowed: { confirmText } }: Signed,
  typed: string | undefined,
  reason: string | undefined,
): string | undefined {
  if (tier === "one-ack") return undefined;
  const typing = typed === undefined ? [`--typed with the text ${visibleLine(confirmText)}`] : [];
  const saying = (reason ?? "").trim() === "" ? ["--reason with why you approve it"] : [];
  const missing = [...typing, ...saying];
  if (missing.length === 0) return undefined;
  return `To approve this, add ${missing.join(", and ")}. Nothing was recorded. holdfast review ${shortCode(digest)} shows it first, and asks for both.`;
}
