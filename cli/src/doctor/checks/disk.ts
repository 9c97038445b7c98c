import { statfsSync } from "node:fs";
import { bad, note, warn, well, type Check } from "../check.ts";

const GB = 1e9;
const WARN_BYTES = 2 * GB;
const BAD_BYTES = 0.25 * GB;
const WARN_SHARE = 0.1;

/** A full disk stops every record, and what is not recorded does not happen. */
export const check: Check = {
  name: "disk",
  rank: 120,
  run: ({ start }) => {
    try {
      const { bavail, blocks, bsize } = statfsSync(start.HOLDFAST_DATA);
      const [free, share] = [bavail * bsize, bavail / blocks];
      const says = `${(free / GB).toFixed(1)} GB free (${Math.round(share * 100)} %) for ${start.HOLDFAST_DATA}`;
      if (free < BAD_BYTES) return [bad(says, "Free some now: when nothing can be recorded, nothing is executed.")];
      return [free < WARN_BYTES && share < WARN_SHARE ? warn(says, "Free some, before records stop.") : well(says)];
    } catch {
      return [
        note(
          `there is no data folder here (${start.HOLDFAST_DATA})`,
          "Set HOLDFAST_DATA, or run this where the services run.",
        ),
      ];
    }
  },
};
