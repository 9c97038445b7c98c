import { visible } from "@holdfast/schemas";
import { targetIn } from "./events.ts";
import { fieldsOf, listOf, word, type Fields } from "./fields.ts";
import { evidenceRows } from "./in-full.ts";
import { row, WIDTH } from "./line.ts";
import { clock } from "./moment.ts";
import type { World } from "./world.ts";

/** An incident, whole: its alerts, every analysis with the evidence for it, and what was proposed. */
export function incidentScreen(incident: Fields, { paint, now }: Pick<World, "paint" | "now">): readonly string[] {
  const [alerts, analyses, proposals] = ["alerts", "analyses", "proposals"].map((name) => listOf(incident[name]));
  return [
    ...heading(incident, paint, now()),
    ...(alerts ?? []).flatMap((alert) => alertRows(alert, now())),
    ...((analyses ?? []).length === 0 ? row("ANALYSIS", "there is none yet") : []),
    ...(analyses ?? []).flatMap((analysis) => analysisRows(analysis, now())),
    ...((proposals ?? []).length === 0 ? row("PROPOSED", "nothing: there is nothing to decide") : []),
    ...(proposals ?? []).flatMap(proposed),
  ];
}

function heading(incident: Fields, paint: World["paint"], now: number): readonly string[] {
  const { id, state, severity, alertName, openedAt, because } = incident;
  const left = `INCIDENT ${word(id).slice(0, 8)}   ${word(alertName, "found by scanning")}`;
  const since = time(openedAt, now);
  const right = `${word(state)}${since === "" ? "" : `, since ${since}`}`;
  const target = fieldsOf(incident["target"]);
  const place = ["cluster", "namespace"].map((name) => word(target[name])).filter((part) => part !== "");
  const object = `${word(target["kind"])} ${word(target["name"])}`.trim();
  return [
    paint(state === "open" ? "strong" : "soft", left) + right.padStart(Math.max(WIDTH - left.length, right.length + 2)),
    `${[...place, object || "no target"].join(" / ")}   ${word(severity, "no severity")}`,
    ...(word(because) === "" ? [] : row("CLOSED", word(because))),
    ...listOf(incident["held"]).flatMap(({ says, dropped }) => row(dropped === true ? "DROPPED" : "HELD", word(says))),
  ];
}

function alertRows({ name, severity, startsAt, ended }: Fields, now: number): readonly string[] {
  const since = time(startsAt, now);
  const says = [
    ended === true ? "ended" : "fires",
    word(severity, "no severity"),
    ...(since === "" ? [] : [`since ${since}`]),
  ];
  return row("ALERT", `${word(name, "(no name)")}: ${says.join(", ")}`);
}

function analysisRows(analysis: Fields, now: number): readonly string[] {
  const { analyst, model, outcome, summary, at } = analysis;
  const isModel = word(model) !== "";
  const who = isModel ? `the model ${word(model)}, not trusted` : word(analyst);
  const causes = listOf(analysis["hypotheses"]).flatMap(({ cause, confidence, evidence }) => {
    const cited =
      Array.isArray(evidence) && evidence.length > 0 ? `, from ${evidence.map((id) => word(id)).join(", ")}` : "";
    return said(`${word(confidence)} % by its own word${cited}: ${textOf(cause)}`, isModel, "CAUSE");
  });
  const found = listOf(analysis["findings"]).flatMap(({ signature, subject, says, action }) =>
    row(
      "FOUND",
      `${word(signature)}, ${word(subject)}: ${word(says)}${word(action) === "" ? "" : ` (${word(action)})`}`,
    ),
  );
  return [
    "",
    ...row("ANALYSIS", `by ${who}, ${time(at, now)}: ${word(outcome).replaceAll("-", " ")}`),
    ...said(textOf(summary), isModel, ""),
    ...causes,
    ...found,
    ...evidenceRows(listOf(analysis["evidence"]).map(evidenceOf), now),
  ];
}

/** A model's lines are marked one by one, so that none of them can pass for one of ours. */
function said(text: string, isModel: boolean, label: string): readonly string[] {
  if (!isModel) return row(label, text);
  return visible(text)
    .split("\n")
    .flatMap((line) => row("  |", line));
}

function evidenceOf({
  id,
  source,
  query,
  readAt,
  says,
  outsideWritable,
}: Fields): Parameters<typeof evidenceRows>[0][number] {
  const at = Date.parse(word(readAt));
  return {
    id: word(id),
    source: word(source),
    query: word(query),
    readAt: Number.isNaN(at) ? 0 : at,
    says: textOf(says),
    // Whoever does not say that only Holdfast can write it is not trusted.
    outsideWritable: outsideWritable !== false,
  };
}

function proposed(proposal: Fields): readonly string[] {
  const { id, code, state, action } = proposal;
  const name = word(code) || word(id).slice(0, 8);
  const verb = state === "open" ? "review" : "show";
  return row("PROPOSED", `${name} ${word(action)} ${targetIn(proposal)}, ${word(state)}: holdfast ${verb} ${name}`);
}

function time(value: unknown, now: number): string {
  const at = Date.parse(word(value));
  return Number.isNaN(at) ? "" : clock(at, now);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
