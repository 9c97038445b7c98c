import { randomBytes } from "node:crypto";
import type { Header } from "./generated.ts";

/** What a record, or a request, came with. Headers are nobody's word: they correlate, and decide nothing. */
export type Cause = {
  readonly headers: readonly Header[];
  /** The event that it was, where it was one. */
  readonly event?: { readonly id: string };
};

const NAME = "traceparent";
const LENGTH = 55;
const FIELDS = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;

/** The trace that these headers continue, by W3C's rules; undefined where there is none, or none that can be believed. */
export function traceOf(headers: readonly Header[]): string | undefined {
  return parsed(headers)?.trace;
}

/** The `traceparent` of what is made now: a new span of its cause's trace, or of a new one. */
export function traceparent(cause: Cause | undefined): string {
  const parent = cause === undefined ? undefined : parsed(cause.headers);
  const sampled = parent?.isSampled === true ? "01" : "00";
  return `00-${parent?.trace ?? newId(16)}-${newId(8)}-${sampled}`;
}

/** An incoming request as a cause. */
export function askedBy(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Cause {
  const value = headers[NAME];
  return { headers: typeof value === "string" ? [{ name: NAME, value: Buffer.from(value) }] : [] };
}

function parsed(headers: readonly Header[]): { readonly trace: string; readonly isSampled: boolean } | undefined {
  const [only, ...more] = headers.filter(({ name }) => name === NAME);
  if (only === undefined || more.length > 0 || only.value.length < LENGTH || only.value.length > 4 * LENGTH)
    return undefined;
  const [, version, trace, flags, rest] = FIELDS.exec(only.value.toString("latin1")) ?? [];
  // Only a version that is not known yet may be longer.
  if (trace === undefined || flags === undefined || (version === "00" && rest !== undefined)) return undefined;
  return { trace, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Never all zeros, which would be no id. */
function newId(bytes: number): string {
  const id = randomBytes(bytes);
  id[0] = (id[0] ?? 0) | 1;
  return id.toString("hex");
}
