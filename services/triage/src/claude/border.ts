import type { Redactor } from "@holdfast/redact";
import type { Reading } from "../tool.ts";
import type { EvidenceBook } from "./evidence-book.ts";

/** Where what was read leaves for the model: redacted, visible, cut, dated, and under an id. */
export type Border = {
  /** JSON, as the text of a tool's result. */
  readonly pass: (reading: Reading) => string;
  /** What may be told of an error. */
  readonly excuse: (error: unknown) => string;
};

const CHARACTERS_MAX = 12_000;
const LINES_MAX = 200;
const SAYS_CHARACTERS_MAX = 2_000;
const EXCUSE_CHARACTERS_MAX = 500;

export function openBorder({ text, object }: Redactor, book: EvidenceBook): Border {
  return {
    pass: ({ source, query, readAt, result, outsideWritable, lastLines = LINES_MAX }) => {
      const clean = typeof result === "string" ? text(result) : object(result);
      const { value, leftOut } = cut(clean, lastLines);
      const asked = text(query);
      const evidence = book.add({ source, query: asked, readAt, says: inShort(value), outsideWritable });
      return asData({
        evidence,
        source,
        asked,
        readAt: new Date(readAt).toISOString(),
        ...(outsideWritable && { note: "anybody may have written this" }),
        ...(leftOut !== undefined && { leftOut }),
        result: value,
      });
    },
    excuse: (error) =>
      text(error instanceof Error ? error.message : "It failed, and gave no reason.").slice(0, EXCUSE_CHARACTERS_MAX),
  };
}

/** JSON that cannot end any element that somebody may think it stands in. */
export function asData(value: unknown): string {
  return JSON.stringify(value).replaceAll("</", "<\\/");
}

type Cut = { readonly value: unknown; readonly leftOut: string | undefined };

/** Cut after redaction, so that no half of a secret is left that a rule would have known whole. */
function cut(clean: unknown, lastLines: number): Cut {
  if (typeof clean === "string") return lastOf(clean, lastLines);
  if (Array.isArray(clean)) return firstOf(clean);
  const json = JSON.stringify(clean);
  if (json.length <= CHARACTERS_MAX) return { value: clean, leftOut: undefined };
  return { value: json.slice(0, CHARACTERS_MAX), leftOut: `the last ${json.length - CHARACTERS_MAX} characters` };
}

function lastOf(text: string, lastLines: number): Cut {
  const lines = text.replace(/\n$/, "").split("\n");
  const kept: string[] = [];
  let room = CHARACTERS_MAX;
  for (const line of lines.slice(-Math.min(lastLines, LINES_MAX)).toReversed()) {
    const short =
      line.length > CHARACTERS_MAX / 2 ? `${line.slice(0, CHARACTERS_MAX / 2)}… (${line.length} characters)` : line;
    room -= short.length + 1;
    if (room < 0) break;
    kept.unshift(short);
  }
  const missing = lines.length - kept.length;
  return { value: kept.join("\n"), leftOut: missing === 0 ? undefined : `at least ${missing} earlier lines` };
}

function firstOf(list: readonly unknown[]): Cut {
  const kept: unknown[] = [];
  let room = CHARACTERS_MAX;
  for (const entry of list) {
    room -= JSON.stringify(entry).length + 1;
    if (room < 0) break;
    kept.push(entry);
  }
  return {
    value: kept,
    leftOut:
      kept.length === list.length ? undefined : `the last ${list.length - kept.length} of ${list.length} entries`,
  };
}

/** Both ends, for a person. */
function inShort(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= SAYS_CHARACTERS_MAX) return text;
  const half = SAYS_CHARACTERS_MAX / 2;
  return `${text.slice(0, half)}\n… ${text.length - SAYS_CHARACTERS_MAX} characters left out …\n${text.slice(-half)}`;
}
