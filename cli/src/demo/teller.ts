import { stripVTControlCharacters } from "node:util";
import { eventLine } from "../events.ts";
import { row, shortened, sided, WIDTH } from "../line.ts";
import type { Tone, World } from "../world.ts";
import type { Recorded } from "./doors.ts";
import type { Progress } from "./progress.ts";

/** How the story is told: to a person, or as one JSON object for each record of the log that it rests on. */
export type Teller = {
  readonly act: (title: string) => void;
  readonly row: (label: string, text: string, tone?: Tone) => void;
  /** Lines that somebody else has laid out. */
  readonly block: (lines: readonly string[]) => void;
  /** One record, with its place in the log. */
  readonly record: (record: Recorded, says: string, more?: Readonly<Record<string, unknown>>) => void;
  /** A record once more, as `holdfast audit show` tells it. */
  readonly retold: (record: Recorded) => void;
  /** What stands at the very end: that the log is proven, up to this record. */
  readonly proof: (record: Recorded, says: readonly string[], more: Readonly<Record<string, unknown>>) => void;
  readonly working: Progress;
};

export function tellPerson({ say, paint }: Pick<World, "say" | "paint">, working: Progress): Teller {
  let act = 0;
  const tellRow: Teller["row"] = (label, text, tone) => {
    const [first = "", ...others] = row(label, text);
    const painted = tone === undefined ? label : paint(tone, label);
    say([painted + first.slice(label.length), ...others].join("\n"));
  };
  return {
    act: (title) => say(`\n${paint("strong", `${(act += 1)}  ${title.toUpperCase()}`)}`),
    row: tellRow,
    // What is longer than the page is there to be copied, and not to be read.
    block: (lines) =>
      lines.forEach((line) => say(stripVTControlCharacters(line).length > WIDTH ? paint("soft", line) : line)),
    record: (record, says) => {
      const note = `entry ${record.index}`;
      say(sided(`${timeOf(record.recordedAt)}  ${says}`, note).slice(0, -note.length) + paint("soft", note));
    },
    retold: (record) => say(shortened(eventLine(record), WIDTH)),
    proof: (_, says) => says.forEach((line, at) => tellRow(at === 0 ? "VERIFIED" : "", line, "go")),
    working,
  };
}

export function tellJson(say: World["say"], working: Progress): Teller {
  let act = 0;
  const tell: Teller["record"] = ({ index, topic, id, incident, proposals, recordedAt }, says, more) => {
    const at = new Date(recordedAt).toISOString();
    say(JSON.stringify({ act, says, index, topic, id, incident, proposals, recordedAt: at, ...more }));
  };
  return {
    act: () => (act += 1),
    row: () => undefined,
    block: () => undefined,
    record: tell,
    retold: (record) => tell(record, eventLine(record).split(record.topic).slice(1).join(record.topic).trim()),
    proof: (record, says, more) => tell(record, `verified: ${says.join("; ")}`, more),
    working,
  };
}

/** In UTC, as everywhere in Holdfast. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
