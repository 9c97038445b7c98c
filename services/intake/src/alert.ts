import { alertId, type Alert, type NameValue } from "@holdfast/schemas";
import { z } from "zod";

/** What webhook and API have in common, and the limits of one alert. */

const NAMES_MAX = 100;
const NAME_BYTES_MAX = 256;
const LABEL_BYTES_MAX = 1024;
const TEXT_BYTES_MAX = 4096;
const MARK = " […cut here by Holdfast]";

const name = z
  .string()
  .min(1)
  .refine(
    (text) => text.isWellFormed() && Buffer.byteLength(text) <= NAME_BYTES_MAX,
    `must be well-formed, of at most ${NAME_BYTES_MAX} bytes`,
  );
const pairs = z
  .record(name, z.string())
  .refine((map) => Object.keys(map).length <= NAMES_MAX, `must have at most ${NAMES_MAX} entries`);

/** RFC 3339, to the nanosecond in a webhook and to the millisecond in the API. */
const instant = z.string().transform((text, context) => {
  const ms = millisecondsOf(text);
  if (ms === undefined) context.addIssue("must be a time as in RFC 3339");
  return ms ?? z.NEVER;
});

export const sentAlert = z.object({
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/, "must be 16 hex digits"),
  labels: pairs,
  annotations: pairs.default({}),
  startsAt: instant.refine((ms) => ms > 0, "must not lie before 1970"),
  endsAt: instant.optional(),
  generatorURL: z.string().default(""),
});

export type SentAlert = z.infer<typeof sentAlert>;

/** How an alert came: whatever is not the alert's own. */
export type Arrival = Pick<Alert, "via" | "receiver" | "externalUrl" | "groupKey" | "truncatedAlerts" | "receivedAt">;

/** The same alert has the same id, whichever way and however often it comes. */
export function alertOf(sent: SentAlert, status: "firing" | "resolved", arrival: Arrival): Alert {
  return {
    id: alertId(sent.fingerprint, sent.startsAt, status),
    fingerprint: sent.fingerprint,
    status,
    startsAt: sent.startsAt,
    // Of a firing alert it is a guess, which moves each time one looks.
    endsAt: status === "resolved" && sent.endsAt !== undefined && sent.endsAt > 0 ? sent.endsAt : null,
    labels: sorted(sent.labels, LABEL_BYTES_MAX),
    annotations: sorted(sent.annotations, TEXT_BYTES_MAX),
    generatorUrl: cut(sent.generatorURL, TEXT_BYTES_MAX),
    ...arrival,
    receiver: cut(arrival.receiver, TEXT_BYTES_MAX),
    externalUrl: cut(arrival.externalUrl, TEXT_BYTES_MAX),
    groupKey: cut(arrival.groupKey, TEXT_BYTES_MAX),
  };
}

/** Where a body is wrong and what it should be; never what it says there. */
export function sentenceOfIssue(error: z.ZodError, whole: string): string {
  const [issue] = error.issues;
  const path = (issue?.path ?? [])
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
  return `${path === "" ? whole : cut(path, NAME_BYTES_MAX)} is not as Alertmanager sends it: ${issue?.message ?? "unknown"}.`;
}

function sorted(map: Readonly<Record<string, string>>, bytesMax: number): readonly NameValue[] {
  return Object.entries(map)
    .map(([name, value]) => ({ name, value: cut(value, bytesMax) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** At most so many bytes of UTF-8, the mark included where something was cut. */
function cut(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, bytesMax - Buffer.byteLength(MARK)), { stream: true });
  return kept + MARK;
}

/** Cut to the millisecond, not rounded: so the API does, and the ids must agree. */
function millisecondsOf(text: string): number | undefined {
  const [, seconds, fraction = "", zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}
