import { span, visible, visibleLine, type Drafted, type Evidence, type Fact } from "@holdfast/schemas";
import { row } from "./line.ts";
import { clock } from "./moment.ts";

export function factRows(facts: readonly Fact[], now: number): readonly string[] {
  return facts.flatMap(({ name, value, source, readAt }) => [
    ...row("fact", `${name}: ${value}`),
    ...row("", `${source}, read ${clock(readAt, now)}, ${span(now - readAt)} ago`),
  ]);
}

export function evidenceRows(evidence: readonly Evidence[], now: number): readonly string[] {
  return evidence.flatMap(({ id, source, query, readAt, says, outsideWritable }) => [
    ...says.split("\n").flatMap((line, at) => row(at === 0 ? id : "", line)),
    ...row(
      "",
      `${source}, read ${clock(readAt, now)}, ${span(now - readAt)} ago; ${outsideWritable ? "an outside client can write this: not trusted" : "read by Holdfast"}`,
    ),
    ...row("", `asked: ${query}`),
  ]);
}

/** Every line is marked, so that no line of it can pass for one of ours. */
export function wordsSaid({ by, because, words, author }: Drafted): readonly string[] {
  const said = [by === "model" ? because : "", words].filter((part) => part !== "").join("\n");
  if (said === "") return [];
  return [
    `The model ${visibleLine(author)} says (not trusted, decides nothing):`,
    ...visible(said)
      .split("\n")
      .flatMap((line) => row("  |", line)),
  ];
}
