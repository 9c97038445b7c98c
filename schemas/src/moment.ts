/** `9 s`, `30 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

const CALENDAR_MS = 8.64e15;

/** Whoever writes what nobody signs writes its times too: one beyond every calendar is its last moment, and breaks no screen. */
export function iso(ms: number): string {
  return new Date(Math.max(-CALENDAR_MS, Math.min(CALENDAR_MS, ms))).toISOString();
}
