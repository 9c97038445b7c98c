const MINUTE_MS = 60_000;

/** How many votes one person may send: a token that somebody found guesses no texts, and a loop fills no topic. */
export type Pace = {
  /** Counts one vote. @returns the seconds to wait where it is one too many; that one counts for nothing. */
  readonly waitOf: (person: string, now: number) => number | undefined;
};

export function openPace(perMinute: number): Pace {
  const sent = new Map<string, readonly number[]>();
  return {
    waitOf: (person, now) => {
      const recent = (sent.get(person) ?? []).filter((at) => at > now - MINUTE_MS);
      const [oldest = now] = recent;
      if (recent.length >= perMinute) return Math.max(1, Math.ceil((oldest + MINUTE_MS - now) / 1000));
      sent.set(person, [...recent, now]);
      return undefined;
    },
  };
}
