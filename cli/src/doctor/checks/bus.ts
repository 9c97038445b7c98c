import { span } from "../../moment.ts";
import { note, warn, well, type Check, type Finding } from "../check.ts";
import { measured } from "../site.ts";

const LAG_MAX = 100;
const AGE_MS_MAX = 60_000;

/** Whether work is taken as it comes, and whether something was put aside. */
export const check: Check = {
  name: "bus",
  rank: 70,
  run: (site) => {
    const all = measured(site);
    if (all.length === 0) return [note("how far the services are is not known, because none answers")];
    const behind = all.flatMap(({ service, metrics }): readonly Finding[] => {
      const lag = metrics.sum("holdfast_bus_lag");
      const ageMs = metrics.sum("holdfast_bus_oldest_unfinished_seconds") * 1000;
      if (lag <= LAG_MAX && ageMs <= AGE_MS_MAX) return [];
      const says = `${service} has ${lag} records before it, the oldest for ${span(ageMs)}`;
      return [
        warn(says, `Is it stuck on one? \`grep '"level":"warn"' ${site.start.HOLDFAST_DATA}/logs/${service}.log\``),
      ];
    });
    const letters = Math.max(...all.map(({ metrics }) => metrics.sum("holdfast_dead_letters")));
    const held =
      letters === 0
        ? []
        : [
            warn(
              `${letters} ${letters === 1 ? "record is" : "records are"} in dead-letters: what each was about is held`,
              "`holdfast dead-letters list` says which and why.",
            ),
          ];
    const ill = [...behind, ...held];
    return ill.length > 0 ? ill : [well("nobody is behind, nothing is in dead-letters")];
  },
};
