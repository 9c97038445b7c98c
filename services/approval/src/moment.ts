/** `02:51:07 UTC`; with the day where it is not that of `now`. */
export function clock(ms: number, now: number): string {
  const [day, time] = [iso(ms).slice(0, 10), iso(ms).slice(11, 19)];
  return day === iso(now).slice(0, 10) ? `${time} UTC` : `${day} ${time} UTC`;
}

/** `9 s`, `4 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

const CALENDAR_MS = 8.64e15;

/** Whoever writes what nobody signs writes its times too: one beyond every calendar is its last moment, and breaks no page. */
export function iso(ms: number): string {
  return new Date(Math.max(-CALENDAR_MS, Math.min(CALENDAR_MS, ms))).toISOString();
}
