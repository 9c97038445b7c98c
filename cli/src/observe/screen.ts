import { span } from "@holdfast/schemas";
import { differencesOf, shortField } from "../difference.ts";
import { targetIn } from "../events.ts";
import { fieldsOf, listOf, word, type Fields } from "../fields.ts";
import { lastLine, row, shortened, sided, WIDTH } from "../line.ts";
import { noteLines } from "../model-note.ts";
import { clock } from "../moment.ts";
import type { World } from "../world.ts";
import type { Asked } from "./options.ts";
import type { Survey } from "./survey.ts";

const EVIDENCE_MAX = 3;
const CHANGES_MAX = 3;
const LINE_MAX = 71;

type Of = Pick<World, "paint" | "now">;

/** What was read, what is wrong, what would be proposed and what would not, and that nothing was changed. */
export function summary(found: Survey, asked: Asked, of: Of): readonly string[] {
  const { paint, now } = of;
  const left = `OBSERVE  ${shortened(asked.context === undefined ? asked.kubeconfig : `context ${asked.context}`, 50)}`;
  const proposals = found.incidents.flatMap((incident) => listOf(incident["proposals"]));
  const wouldBe = proposals.filter(isWelcome).length;
  const refused = proposals.filter((one) => one["state"] === "denied").length - wouldBe;
  const causes = found.incidents.filter((incident) => cause(incident) !== undefined).length;
  return [
    paint("strong", left) + `read only   ${clock(now(), now())}`.padStart(WIDTH - left.length),
    ...row("ALERTS", alerts(found, asked)),
    ...row(
      "FOUND",
      `${count(found.incidents.length + found.more, "incident")}, ${causes} with a cause; ${count(wouldBe, "change")} would be proposed, ${refused} refused`,
    ),
    ...found.incidents.flatMap((incident) => ["", ...incidentLines(incident, of)]),
    ...(found.more > 0 ? ["", `${found.more} more are in the inbox.`] : []),
    "",
    ...row("CHANGED", "nothing: only reads are sent, no executor runs, and none of this can be approved"),
    ...row(
      "MODEL",
      asked.asksModel ? "Claude is asked as well" : "none was asked: the signatures answer alone (--model asks Claude)",
    ),
  ];
}

function alerts({ alertsFiring, incidents, more }: Survey, { alertmanager }: Asked): string {
  if (alertmanager === undefined)
    return "none are asked for (--alertmanager URL): the workloads are looked at every 30 s";
  const taken = incidents.reduce((sum, incident) => sum + Number(incident["alertsFiring"] ?? 0), 0);
  const rest = more > 0 ? 0 : alertsFiring - taken;
  return `${count(alertsFiring, "alert")} at ${alertmanager}${rest > 0 ? `, ${rest} of them about nothing that is wrong (Watchdog, info)` : ""}`;
}

/** One incident: what is wrong and since when, why, what would be done about it, and what policy says to that. */
export function incidentLines(incident: Fields, { paint, now }: Of): readonly string[] {
  const { severity, alertsFiring, alertName } = incident;
  const at = since(incident);
  const found =
    word(alertName) === ""
      ? "found by scanning"
      : `${word(severity, "no severity")}, ${count(Number(alertsFiring), "alert")}`;
  const why = cause(incident);
  return [
    paint("strong", sided(nameOf(incident), `${found}, ${Number.isNaN(at) ? "" : `${span(now() - at)} ago`}`, 0)),
    ...row("CAUSE", why === undefined ? unknownCause(incident) : word(why["summary"])),
    ...listOf(why?.["evidence"])
      .slice(0, EVIDENCE_MAX)
      .map((each) => evidence(each, now())),
    ...noteLines(incident),
    ...listOf(incident["proposals"]).flatMap((proposal) => proposalLines(proposal, paint)),
  ];
}

/** One line about an incident that needs no more words. */
export function titled(state: "OVER" | "QUIET", incident: Fields, { now }: Pick<Of, "now">): string {
  const note = state === "OVER" ? "closed" : "its alerts have ended";
  return sided(`${state.padEnd(9)}${nameOf(incident)}`, `${note}, ${clock(now(), now())}`, 0);
}

function nameOf(incident: Fields): string {
  const kind = word(fieldsOf(incident["target"])["kind"]);
  return kind === "" ? word(incident["alertName"], "no object") : `${kind} ${targetIn(incident)}`;
}

function proposalLines(proposal: Fields, paint: World["paint"]): readonly string[] {
  const what = `${word(proposal["action"])} ${targetIn(proposal)} (${word(proposal["environment"], "environment not known")})`;
  if (proposal["state"] !== "denied") return row("WOULD", `${what}: ${word(proposal["state"])}`);
  const rulings = listOf(proposal["reasons"]).filter(({ rule }) => rule !== "observing");
  const command = word(fieldsOf(proposal["backOut"])["command"]);
  const heals = word(fieldsOf(proposal["backOut"])["because"]);
  return isWelcome(proposal)
    ? [
        ...row("WOULD", `${what}: ${word(proposal["wouldHaveBeen"])}`),
        ...changes(proposal),
        ...(command === ""
          ? row("UNDO", heals === "" ? "not known" : `it heals itself: ${heals}`)
          : row("UNDO", shortened(command, LINE_MAX))),
      ]
    : [
        ...row("WOULD", `${what}, and policy would refuse that`),
        ...rulings.flatMap(({ rule, reason }) => [
          paint("stop", `REFUSED  ${shortened(word(rule), LINE_MAX)}`),
          ...row("", `"${word(reason)}"`),
        ]),
      ];
}

function changes({ before, after }: Fields): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const lines = differencesOf(before, after);
  const rest = lines.length - CHANGES_MAX;
  return [
    ...lines
      .slice(0, CHANGES_MAX)
      .flatMap(({ field, from, to }, at) => row(at === 0 ? "CHANGE" : "", `${shortField(field)}  ${from} -> ${to}`)),
    ...(rest > 0 ? row("", `${count(rest, "field")} more`) : []),
  ];
}

function evidence({ says, source, readAt, outsideWritable }: Fields, now: number): string {
  const text = typeof says === "string" ? says : "";
  return sided(
    `"${lastLine(text)}"`,
    outsideWritable === true
      ? `${word(source)}, not trusted`
      : `${word(source)}, read ${span(now - Date.parse(word(readAt)))} ago`,
  );
}

/** When the first of its alerts began to fire; for what was found by scanning, when it was found. */
function since({ alerts: members, openedAt }: Fields): number {
  const times = listOf(members)
    .map(({ startsAt }) => Date.parse(word(startsAt)))
    .filter((at) => !Number.isNaN(at));
  return times.length === 0 ? Date.parse(word(openedAt)) : Math.min(...times);
}

/** The newest analysis that found something. */
function cause({ analyses }: Fields): Fields | undefined {
  return listOf(analyses).findLast(({ outcome }) => outcome === "found");
}

function unknownCause({ analyses, because }: Fields): string {
  const last = listOf(analyses).at(-1);
  return last === undefined ? `not looked into yet. ${word(because)}` : `not known: ${word(last["summary"])}`;
}

function isWelcome({ wouldHaveBeen }: Fields): boolean {
  return word(wouldHaveBeen).startsWith("would have been allowed");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
