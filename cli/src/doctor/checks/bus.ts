import { span } from "@holdfast/schemas";
import { note, warn, well, type Check, type Finding } from "../check.ts";
import type { Exposition } from "../exposition.ts";
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
    const held = heldBack(all.map(({ metrics }) => metrics));
    const ill = [...behind, ...held];
    return ill.length > 0 ? ill : [well("nobody is behind, and no dead letter holds anything back")];
  },
};

const DEPTH = "holdfast_dead_letters_depth";

/** A letter that somebody decided about stays on its topic, and asks for nothing more. */
function heldBack(all: readonly Exposition[]): readonly Finding[] {
  const letters = all.flatMap((metrics) => metrics.of(DEPTH));
  const count = (state: string): number =>
    letters.filter(({ labels }) => labels["state"] === state).reduce((sum, { value }) => sum + value, 0);
  const [holds, follows] = [count("holds"), count("follows")];
  if (holds === 0) return [];
  const says = `${holds} dead ${holds === 1 ? "letter holds its incident" : "letters hold their incidents"} back, and ${follows} more records wait behind`;
  return [warn(says, "`holdfast dead-letters list` says which and why; a person releases or drops each.")];
}
