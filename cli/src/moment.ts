import { iso } from "@holdfast/schemas";

/** `03:23 UTC`, with the day where it is not today. */
export function clock(ms: number, now: number): string {
  const [day, time] = [iso(ms).slice(0, 10), iso(ms).slice(11, 16)];
  return day === iso(now).slice(0, 10) ? `${time} UTC` : `${day} ${time} UTC`;
}
