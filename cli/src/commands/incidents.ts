import { span } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { approval, need, tokenOf } from "../door.ts";
import { targetIn } from "../events.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import { incidentScreen } from "../incident-screen.ts";
import { row, wrapped } from "../line.ts";
import { modelNote } from "../model-note.ts";
import { answerOf } from "../named.ts";
import type { World } from "../world.ts";

const USAGE = "incidents [ID] [--json]";
const ROOM = 35;

export const command: Command = {
  usage: USAGE,
  says: "what is wrong, and what was, the newest first; or the one named, whole",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 0, most: 1 });
    if (names[0] !== undefined) return one(world, names[0], values.json === true);
    const { text, json } = await need(world, "approval", approval(world, "/v1/incidents"), { token: tokenOf(world) });
    if (values.json === true) world.say(text);
    else for (const line of table(world, listOf(json["incidents"]))) world.say(line);
    return EXIT.done;
  },
};

async function one(world: World, name: string, asJson: boolean): Promise<ExitCode> {
  const answer = await answerOf(world, "incidents", name);
  if (answer === undefined)
    throw new Stopped(
      EXIT.refused,
      `There is no incident ${word(name)}. \`holdfast incidents\` lists those that there are.`,
    );
  if (asJson) world.say(answer.text);
  else for (const line of incidentScreen(answer.json, world)) world.say(line);
  return EXIT.done;
}

function table({ paint, now }: World, incidents: readonly Fields[]): readonly string[] {
  if (incidents.length === 0) return ["No incidents."];
  const rows = incidents.flatMap((incident) => {
    const { id, state, severity, alertName, openedAt, alertsFiring, proposals } = incident;
    const at = Date.parse(word(openedAt));
    const what = `${word(alertName, "found by scanning:")} ${targetIn(incident)}`;
    const firing = `${word(alertsFiring)} / ${Array.isArray(proposals) ? proposals.length : 0}`;
    const since = Number.isNaN(at) ? "" : `${span(now() - at)} ago`;
    const [first = "", ...more] = wrapped(what, ROOM, ROOM);
    const head = columns(word(id).slice(0, 8), word(state), word(severity), firing, since, first);
    return [head, ...more.map((line) => columns("", "", "", "", "", line))];
  });
  return [
    paint("soft", columns("ID", "STATE", "SEVERITY", "A / P", "SINCE", "WHAT")),
    ...rows,
    paint("soft", "A: alerts that fire, P: proposals. One of them, whole: holdfast show ID"),
    ...incidents.flatMap(({ id, held }) =>
      listOf(held).flatMap(({ says, dropped }) =>
        row(dropped === true ? "DROPPED" : "HELD", `${word(id).slice(0, 8)}: ${word(says)}`),
      ),
    ),
    ...modelNotes(incidents),
  ];
}

/** Each reason once, with the open incidents to which no model has answered. */
function modelNotes(incidents: readonly Fields[]): readonly string[] {
  const open = incidents.filter(({ state }) => state === "open");
  const notes = Map.groupBy(open, (incident) => modelNote(incident));
  return [...notes].flatMap(([note, those]) =>
    note === undefined ? [] : row("MODEL", `${those.map(({ id }) => word(id).slice(0, 8)).join(", ")}: ${note}`),
  );
}

function columns(id: string, state: string, severity: string, firing: string, since: string, what: string): string {
  return id.padEnd(10) + state.padEnd(8) + severity.padEnd(10) + firing.padEnd(7) + since.padEnd(10) + what;
}
