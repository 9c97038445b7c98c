import { given, type Command } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";
import { readSigned } from "../signed.ts";
import { cast, findProposal } from "../vote.ts";

const USAGE = "approve ID [--typed TEXT] [--reason TEXT] [--json]";

export const command: Command = {
  usage: USAGE,
  says: "your yes to exactly this change",
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
    return cast(
      world,
      await readSigned(world, shown),
      { decision: "approve", typed: values.typed, reason: values.reason },
      values.json === true,
    );
  },
};
