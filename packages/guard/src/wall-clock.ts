export type WallClock = {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly daysInMonth: number;
  /** Sunday is 0. */
  readonly weekday: number;
  /** Since midnight, as the clock on the wall shows it. */
  readonly minute: number;
};

/** Turns Unix milliseconds into what a clock in this zone shows. Total and unambiguous, also where clocks are put forward or back. */
export type ReadClock = (at: number) => WallClock;

/** Stricter than `Intl`, which also takes offsets, abbreviations and any case: those are slips of the pen in a windows file. */
const ZONE = /^(UTC|Etc\/(UTC|GMT([+-]\d{1,2})?)|[A-Z][a-z]+(\/[A-Z][a-z][A-Za-z_-]*)+)$/;

export function clockIn(zone: string, where: string): ReadClock {
  const format = ZONE.test(zone) ? formatterFor(zone) : undefined;
  if (format === undefined)
    throw new Error(
      `${where}: "${zone}" is not a time zone. Write a name such as Europe/Berlin, in exactly that case, or UTC.`,
    );
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
    const [year, month, day] = [part("year"), part("month"), part("day")];
    return {
      year,
      month,
      day,
      daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate(),
      weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
      minute: part("hour") * 60 + part("minute"),
    };
  };
}

function formatterFor(zone: string): Intl.DateTimeFormat | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    const resolved = format.resolvedOptions().timeZone;
    const oddCase = resolved !== zone && resolved.toLowerCase() === zone.toLowerCase();
    return oddCase ? undefined : format;
  } catch {
    return undefined; // RangeError: no such zone
  }
}
