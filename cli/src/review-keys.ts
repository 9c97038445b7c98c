import { visibleLine } from "@holdfast/schemas";
import { differencesOf } from "./difference.ts";
import { evidenceRows, factRows, wordsSaid } from "./in-full.ts";
import { row } from "./line.ts";
import type { Signed } from "./signed.ts";

const BODY_LINES_MAX = 400;

/** What a key shows; undefined for a key that shows nothing. */
export function shownByKey(key: string, signed: Signed, now: number): readonly string[] | undefined {
  switch (key) {
    case "d":
      return diff(signed);
    case "e":
      return evidence(signed, now);
    case "u":
      return undo(signed);
    case "m":
      return words(signed);
    default:
      return undefined;
  }
}

/** Every field that changes, and the very request that would be sent. */
function diff({ allowed: { plan } }: Signed): readonly string[] {
  const { verb, path, contentType, body } = plan.request;
  const changes = differencesOf(JSON.parse(plan.before.toString()), JSON.parse(plan.after.toString()));
  const lines = pretty(body.toString()).split("\n");
  const rest = lines.length - BODY_LINES_MAX;
  return [
    ...changes.flatMap(({ field, from, to }) => [
      `  ${visibleLine(field)}`,
      ...row("    -", from),
      ...row("    +", to),
    ]),
    "The request that is sealed and would be sent, once:",
    `  ${visibleLine(`${verb} ${path}`)}`,
    `  ${visibleLine(`content-type: ${contentType}`)}`,
    ...lines.slice(0, BODY_LINES_MAX).map((line) => `  ${visibleLine(line)}`),
    ...(rest > 0 ? [`... ${rest} lines more; all of them: /v1/proposals/ID/bytes`] : []),
  ];
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function evidence({ draft, allowed: { plan } }: Signed, now: number): readonly string[] {
  const lines = [...factRows(plan.facts, now), ...evidenceRows(draft.evidence, now)];
  return lines.length === 0 ? ["No evidence was given."] : lines;
}

function undo({ allowed: { plan } }: Signed): readonly string[] {
  const { kind, command, action, because } = plan.backOut;
  const call =
    action === null
      ? []
      : row("as action", `${action.action} ${action.arguments.map(({ name, value }) => `${name}=${value}`).join(" ")}`);
  return [
    ...(kind === "self_heals"
      ? row("UNDO", `it heals itself: ${because ?? ""}`)
      : ["UNDO", visibleLine(command ?? "not known")]),
    ...call,
    ...row("NOT UNDONE", plan.notUndone.length === 0 ? "nothing that Holdfast knows of" : plan.notUndone.join(", ")),
  ];
}

function words({ draft }: Signed): readonly string[] {
  const lines = wordsSaid(draft);
  if (lines.length > 0) return lines;
  return [`No model was asked: ${draft.by === "person" ? "a person" : "a signature"} drafted this.`];
}
