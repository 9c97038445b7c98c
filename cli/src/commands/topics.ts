import { given, type Command } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";

const USAGE = "topics plan | topics apply [--mend] [--remove-extra]   [--json]";
const OPTIONS = {
  json: { type: "boolean" },
  mend: { type: "boolean" },
  "remove-extra": { type: "boolean" },
} as const;

export const command: Command = {
  usage: USAGE,
  says: "topics and rights on Kafka: what differs from what Holdfast needs, and mends it; no record is ever deleted",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, OPTIONS, { least: 1, most: 1 });
    const [verb] = names;
    const consent = { mend: values.mend === true, removeExtra: values["remove-extra"] === true };
    const isPlan = verb === "plan" && !consent.mend && !consent.removeExtra;
    if (!isPlan && verb !== "apply") throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    if (world.settings.HOLDFAST_BUS === "embedded")
      throw new Stopped(
        EXIT.usage,
        "HOLDFAST_BUS is embedded, a file that needs no topics and no rights. Set it to kafka://host:port.",
      );
    const { topics } = await import("../topics.ts");
    return topics(world, isPlan ? undefined : consent, values.json === true);
  },
};
