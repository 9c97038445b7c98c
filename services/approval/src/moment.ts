import { iso } from "@holdfast/schemas";

/** `02:51:07 UTC`; with the day where it is not that of `now`. */
export function clock(ms: number, now: number): string {
  const [day, time] = [iso(ms).slice(0, 10), iso(ms).slice(11, 19)];
  return day === iso(now).slice(0, 10) ? `${time} UTC` : `${day} ${time} UTC`;
}
