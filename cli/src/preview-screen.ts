import { visibleLine } from "@holdfast/schemas";
import { fieldsOf, listOf, word, type Fields } from "./fields.ts";
import { row, WIDTH } from "./line.ts";
import type { Paint } from "./world.ts";

const INDENT = 2;

/** A request as a person reads it: every word that a model would get, and nothing that it would not. */
export function previewScreen(previewed: Fields, paint: Paint): readonly string[] {
  const { incident, model, url, hasKey, tokens, microUsd, body } = previewed;
  const request = fieldsOf(JSON.parse(String(body)));
  const { system, tools, messages, ...settings } = request;
  const left = `PREVIEW  ${word(incident).slice(0, 8)}   ${word(model)}`;
  const title = (text: string): readonly string[] => ["", paint("strong", text)];
  return [
    paint("strong", left) + "nothing is sent".padStart(Math.max(WIDTH - left.length, 17)),
    ...row("TO", word(url)),
    ...(hasKey === true ? [] : row("ASKED", "nobody: no ANTHROPIC_API_KEY is set, so the signatures answer alone")),
    ...row("SIZE", `${String(body).length} characters, at most ${word(tokens)} tokens`),
    ...row("COST", `at most $${(Number(microUsd) / 1e6).toFixed(2)} for this request and its answer`),
    ...row("SETTINGS", JSON.stringify(settings)),
    ...title("SYSTEM"),
    ...listOf(system).flatMap((block) => blockLines(block)),
    ...title(`TOOLS    ${listOf(tools).length}, each with what it says and takes`),
    ...listOf(tools).flatMap(({ name, description, ...rest }) => [
      `${" ".repeat(INDENT)}${word(name)}`,
      ...folded(typeof description === "string" ? description : "", 2 * INDENT),
      ...folded(JSON.stringify(rest), 2 * INDENT),
    ]),
    ...listOf(messages).flatMap(({ role, content }) => [
      ...title(`MESSAGE  ${word(role)}`),
      ...(typeof content === "string"
        ? folded(content, INDENT)
        : listOf(content).flatMap((block) => blockLines(block))),
    ]),
  ];
}

/** A block whole: its text as text, and whatever else it has as JSON. */
function blockLines(block: Fields): readonly string[] {
  const { text, content, ...rest } = block;
  const says = typeof text === "string" ? text : typeof content === "string" ? content : undefined;
  const others = says === undefined ? block : rest;
  return [...folded(JSON.stringify(others), INDENT), ...(says === undefined ? [] : folded(readable(says), INDENT))];
}

/** JSON in lines of its own; any other text as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** Whole lines, each broken where the screen ends and never shortened. What others wrote is made visible. */
function folded(text: string, indent: number): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const own = indent + (/^ */.exec(line)?.[0].length ?? 0);
    const margin = " ".repeat(Math.min(own, WIDTH / 2));
    return broken(visibleLine(line.trimStart()), WIDTH - margin.length).map((part) => `${margin}${part}`);
  });
}

function broken(text: string, room: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const space = rest.lastIndexOf(" ", room);
    const at = space > room / 2 ? space : room;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...parts, rest];
}
