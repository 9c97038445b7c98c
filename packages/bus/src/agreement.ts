import { isTopic, VALUE_BYTES_MAX, type DeadLetter, type Header } from "@holdfast/schemas";
import type { Place, Raw } from "./port.ts";

/** The place that a letter names; undefined where there can be none, or where no letter may point. */
export function placeIn({
  topic,
  partition,
  offset,
}: Pick<DeadLetter, "topic" | "partition" | "offset">): Place | undefined {
  return isTopic(topic) && topic !== "dead-letters" ? { topic, partition, offset } : undefined;
}

/**
 * Whether a letter says of the record at its place what is so. A letter is signed by nobody: one that names a record that is
 * not there, or tells its bytes otherwise, was made by somebody who could not even read it, and holds nothing.
 */
export function agrees(letter: DeadLetter, record: Raw | undefined): boolean {
  if (record === undefined || letter.key.toString() !== record.key || letter.time !== record.time) return false;
  if (isWithoutCopy(letter)) return record.value === null || sizeOf(record) > VALUE_BYTES_MAX;
  return isSame(letter.value, record.value) && isSameHeaders(letter.headers, record.headers);
}

/** What is too large to be copied is named by its place alone. */
function isWithoutCopy({ value, headers }: DeadLetter): boolean {
  return value === null && headers.length === 0;
}

function sizeOf({ value, headers }: Raw): number {
  const bytes = headers.reduce((sum, header) => sum + header.name.length + header.value.length, 0);
  return bytes + (value?.length ?? 0);
}

function isSame(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

function isSameHeaders(a: readonly Header[], b: readonly Header[]): boolean {
  const [left, right] = [sorted(a), sorted(b)];
  return (
    left.length === right.length &&
    left.every(({ name, value }, at) => name === right[at]?.name && value.equals(right[at].value))
  );
}

/** By name, then in order of arrival: clients keep no order across names. */
function sorted(headers: readonly Header[]): readonly Header[] {
  return headers.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}
