import { isTopic, span, visible, type Header } from "@holdfast/schemas";
import { fieldsOf, listOf, word, type Fields } from "./fields.ts";
import { row, sided } from "./line.ts";
import { pinnedKeys } from "./bus.ts";
import { eventIn } from "./record-line.ts";
import type { World } from "./world.ts";

export function letterTable({ paint, now }: World, letters: readonly Fields[]): readonly string[] {
  if (letters.length === 0) return ["No dead letters."];
  const rows = letters.map((letter) => {
    const at = Date.parse(word(letter["since"]));
    const waiting = Array.isArray(letter["waiting"]) ? letter["waiting"].length : 0;
    return columns(
      word(letter["id"]).slice(0, 8),
      word(letter["state"]),
      word(letter["group"]),
      `${word(letter["topic"])} ${word(letter["errorClass"])}`,
      Number.isNaN(at) ? "" : `${span(now() - at)} ago`,
      `${word(letter["key"]).slice(0, 8)}${waiting === 0 ? "" : ` +${waiting}`}`,
    );
  });
  return [
    paint("soft", columns("ID", "STATE", "GROUP", "WHAT", "SINCE", "KEY")),
    ...rows,
    paint(
      "soft",
      "KEY: the incident, or an alert's fingerprint; +N records wait behind it. Whole: holdfast dead-letters show ID",
    ),
  ];
}

function columns(id: string, state: string, group: string, what: string, since: string, key: string): string {
  return id.padEnd(10) + state.padEnd(10) + group.padEnd(10) + what.padEnd(30) + since.padEnd(10) + key;
}

/** The letter in sentences, then the record itself: its headers, and what it says where it decodes. */
export function letterScreen(world: World, letter: Fields): readonly string[] {
  const { id, topic, partition, offset, group, errorClass, error, attempts, key } = letter;
  const place = `${word(topic)}/${word(partition)}/${word(offset)}`;
  const record = fieldsOf(letter["record"]);
  return [
    sided(`DEAD LETTER ${word(id)}`, word(letter["state"]), 0),
    ...row("RECORD", `${place}, key ${word(key)}`),
    ...row("PARKED", `by ${word(group)} since ${word(letter["since"])}, after ${word(attempts)} tries`),
    ...row("WHY", `${word(errorClass)}: ${word(error)}`),
    ...row("MEANS", meaning(letter)),
    ...listOf(letter["decisions"]).flatMap(({ kind, by, subject, reason, at }) =>
      row("DECIDED", `${word(kind)} by ${word(by)} (${word(subject)}) at ${word(at)}: ${word(reason)}`),
    ),
    ...(letter["record"] === null
      ? row("BYTES", "the record is no longer on its topic")
      : bytes(world, word(topic), record)),
  ];
}

function meaning(letter: Fields): string {
  const short = word(letter["id"]).slice(0, 8);
  const waiting = Array.isArray(letter["waiting"]) ? letter["waiting"].length : 0;
  const behind =
    waiting === 0 ? "later records of its key will follow it" : `${waiting} later records of its key wait behind it`;
  const release = `holdfast dead-letters release ${short} --reason TEXT`;
  switch (word(letter["state"])) {
    case "holds":
      return `It holds its key: ${behind}. To go on without it: ${release}. To want nothing of it until it closes: holdfast dead-letters drop ${short} --reason TEXT`;
    case "dropped":
      return `A person dropped its key: ${behind} until it closes. To let it go on after all: ${release}`;
    case "follows":
      return `It could be read, and waits behind ${word(letter["heldBy"])}. It goes on when that is released.`;
    case "replayed":
      return "It was written to its topic again.";
    case "released":
      return `Its key went on without it. Once its cause is mended: holdfast dead-letters replay ${short}`;
    case "went on":
      return "What held it was released, and it was taken then.";
    default:
      return `Nothing waits for it: its group went on without it. Once its cause is mended: holdfast dead-letters replay ${short}`;
  }
}

function bytes(world: World, topic: string, record: Fields): readonly string[] {
  const headers: readonly Header[] = listOf(record["headers"]).map(({ name, value }) => ({
    name: String(name),
    value: Buffer.from(String(value), "base64"),
  }));
  const value = typeof record["value"] === "string" ? Buffer.from(record["value"], "base64") : null;
  const told = isTopic(topic) ? eventIn(pinnedKeys(world), topic, value, headers) : undefined;
  return [
    ...headers.flatMap((header) => row("HEADER", `${header.name}: ${header.value.toString()}`)),
    ...row("VALUE", `${value?.length ?? 0} bytes`),
    ...visible(JSON.stringify(told, undefined, 2) ?? "").split("\n"),
  ];
}
