import { bad, note, well, type Check } from "../check.ts";
import { missing } from "../settings.ts";

export const check: Check = {
  name: "settings",
  rank: 0,
  run: ({ env, problems, start }) => {
    const wrong = problems.map(({ name, says }) =>
      bad(says, `Mend ${name}, or take it out: no service starts with it.`),
    );
    const lacking = missing(env).map((says) =>
      note(
        `with this terminal's settings a service would not start: ${says}`,
        "Nothing, where it has its own settings.",
      ),
    );
    const own = Object.keys(env).filter((name) => name.startsWith("HOLDFAST_")).length;
    const count = own === 0 ? "defaults alone" : `${own} set in this terminal, all well formed`;
    const which = `${start.HOLDFAST_CLUSTER}, mode ${start.HOLDFAST_MODE}, bus ${start.HOLDFAST_BUS}`;
    return [...wrong, ...lacking, ...(wrong.length === 0 ? [well(`${which}; ${count}`)] : [])];
  },
};
