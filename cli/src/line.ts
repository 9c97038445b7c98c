import { visibleLine } from "@holdfast/schemas";

export const WIDTH = 80;
const LABEL = 9;

/** `LABEL    text`, wrapped under itself. What others wrote is made visible here, breaks of lines too: no row forges another. */
export function row(label: string, text: string): readonly string[] {
  const room = WIDTH - LABEL;
  // A label that is longer stands on its own with what fits after it.
  const seen = visibleLine(label);
  const first = seen.length < LABEL ? seen.padEnd(LABEL) : `${seen}  `;
  const lines = wrapped(visibleLine(text), room, WIDTH - first.length);
  return lines.map((line, at) => (at === 0 ? first : " ".repeat(LABEL)) + line);
}

/** Text on the left, cut where it would touch what it rests on at the right margin. One line, whatever comes. */
export function sided(left: string, right: string, indent = 2): string {
  const note = visibleLine(right);
  const room = WIDTH - indent - 2 - note.length;
  return `${" ".repeat(indent)}${shortened(left, room).padEnd(room)}  ${note}`;
}

/** Of several lines the last that says something: in a log that is where the trouble is. */
export function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return `${lines.length > 1 ? "... " : ""}${lines.at(-1)?.trim() ?? ""}`;
}

/** A long text in few words; the whole of it is a key away. */
export function shortened(text: string, most: number): string {
  const seen = visibleLine(text);
  return seen.length <= most ? seen : `${seen.slice(0, most - 3)}...`;
}

export function wrapped(text: string, room: number, roomAtFirst: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((each) => pieces(each, room))) {
    const most = lines.length === 0 ? roomAtFirst : room;
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= most) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** A word longer than a line is broken: nothing runs out of the screen. */
function pieces(word: string, room: number): readonly string[] {
  return word.length <= room ? [word] : (word.match(new RegExp(`.{1,${room}}`, "gsu")) ?? []);
}
