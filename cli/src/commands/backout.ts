import { given, type Command } from "../command.ts";
import { askAnew } from "../request.ts";

const USAGE = "backout ID [--reason TEXT] [--json]";

export const command: Command = {
  usage: USAGE,
  says: "asks policy to plan what undoes an executed change",
  run: async (args, world) => {
    const options = { reason: { type: "string" }, json: { type: "boolean" } } as const;
    const { values, names } = given(USAGE, args, options, { least: 1, most: 1 });
    return askAnew(world, names[0] ?? "", "backout", { reason: values.reason, asJson: values.json === true });
  },
};
