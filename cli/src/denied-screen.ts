import { span } from "@holdfast/schemas";
import { targetIn } from "./events.ts";
import { fieldsOf, listOf, word, type Fields } from "./fields.ts";
import { lastLine, row, sided, WIDTH } from "./line.ts";
import { noteLines } from "./model-note.ts";
import { clock } from "./moment.ts";
import type { World } from "./world.ts";

const EVIDENCE_MAX = 4;

/**
 * A proposal that nobody may decide: what refused it, in the rule's own words. No command to do it anyway.
 *
 * @param incident as the door tells it; without fields where it is not known.
 */
export function deniedScreen(
  shown: Fields,
  incident: Fields,
  { paint, now }: Pick<World, "paint" | "now">,
): readonly string[] {
  const isDenied = shown["state"] === "denied";
  const evidence = listOf(shown["evidence"]).slice(0, EVIDENCE_MAX);
  return [
    ...heading(shown, paint, now()),
    ...(isDenied ? listOf(shown["reasons"]).flatMap(ruling) : row("STATE", "policy has not answered this draft yet")),
    ...(word(shown["wouldHaveBeen"]) === "" ? [] : row("OTHERWISE", word(shown["wouldHaveBeen"]))),
    ...row("WANTED", `by ${word(shown["author"], "somebody")}: ${word(shown["because"], "no reason was given")}`),
    ...evidence.map((each) => quoted(each, now())),
    ...noteLines(incident),
    ...instead(incident),
    ...byHand(incident),
    ...(word(shown["policyDigest"]) === "" ? [] : row("POLICY", word(shown["policyDigest"]).slice(0, 6))),
  ];
}

function heading(shown: Fields, paint: World["paint"], now: number): readonly string[] {
  const target = fieldsOf(shown["target"]);
  const left = `${word(shown["state"]).toUpperCase()} ${word(shown["id"]).slice(0, 8)}   ${word(shown["action"])} ${word(target["name"])}`;
  const at = Date.parse(word(shown["deniedAt"]));
  const right = `${Number.isNaN(at) ? "" : `${clock(at, now)}   `}nothing changed`;
  const place = ["cluster", "namespace", "kind"].map((name) => word(target[name])).filter((part) => part !== "");
  const counts = word(shown["scope"]) === "" ? "" : ` (counts as ${word(shown["scope"])} scope)`;
  return [
    paint(shown["state"] === "denied" ? "stop" : "strong", left) +
      right.padStart(Math.max(WIDTH - left.length, right.length + 2)),
    `${place.join(" / ")}${counts}   ${word(shown["environment"], "environment not known").toUpperCase()}`,
  ];
}

function ruling({ rule, reason, hard }: Fields): readonly string[] {
  const waiver = hard === true ? "HARD: nobody can waive it here" : "not now";
  return [sided(`REFUSED  ${word(rule)}`, waiver, 0), ...row("", `"${word(reason)}"`)];
}

function quoted({ says, source, readAt }: Fields, now: number): string {
  const text = typeof says === "string" ? says : "";
  return sided(`"${lastLine(text)}"`, `${word(source)}, read ${span(now - Date.parse(word(readAt)))} ago`);
}

/** What else was proposed for the same incident, and may be decided. */
function instead({ proposals }: Fields): readonly string[] {
  const open = listOf(proposals).filter(({ state }) => state === "open");
  return open.flatMap((proposal) =>
    row(
      "INSTEAD",
      `${word(proposal["code"])} ${word(proposal["action"])} ${targetIn(proposal)}: holdfast review ${word(proposal["code"])}`,
    ),
  );
}

/** A runbook's address comes from the alert: it is text, and whoever follows it knows whose word it is. */
function byHand({ alerts }: Fields): readonly string[] {
  const runbooks = listOf(alerts)
    .map(({ annotations }) => word(fieldsOf(annotations)["runbook_url"]))
    .filter((url) => url.startsWith("https://"));
  return [...new Set(runbooks)].slice(0, 1).flatMap((url) => row("BY HAND", `the alert names a runbook: ${url}`));
}
