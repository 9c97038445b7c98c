import { given, type Command } from "../command.ts";
import { approval, need, tokenOf } from "../door.ts";
import { targetIn } from "../events.ts";
import { EXIT } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import { row, shortened } from "../line.ts";
import { modelNote } from "../model-note.ts";
import { span } from "../moment.ts";
import type { World } from "../world.ts";

const USAGE = "incidents [--json]";

export const command: Command = {
  usage: USAGE,
  says: "what is wrong, and what was, the newest first",
  run: async (args, world) => {
    const { values } = given(USAGE, args, { json: { type: "boolean" } }, { least: 0, most: 0 });
    const { text, json } = await need(world, "approval", approval(world, "/v1/incidents"), { token: tokenOf(world) });
    if (values.json === true) world.say(text);
    else for (const line of table(world, listOf(json["incidents"]))) world.say(line);
    return EXIT.done;
  },
};

function table({ paint, now }: World, incidents: readonly Fields[]): readonly string[] {
  if (incidents.length === 0) return ["No incidents."];
  const rows = incidents.map((incident) => {
    const { id, state, severity, alertName, openedAt, alertsFiring, proposals } = incident;
    const at = Date.parse(word(openedAt));
    const what = shortened(`${word(alertName, "found by scanning:")} ${targetIn(incident)}`, 36);
    const firing = `${word(alertsFiring)} / ${Array.isArray(proposals) ? proposals.length : 0}`;
    return columns(
      word(id).slice(0, 8),
      word(state),
      word(severity),
      what,
      firing,
      Number.isNaN(at) ? "" : `${span(now() - at)} ago`,
    );
  });
  return [
    paint("soft", columns("ID", "STATE", "SEVERITY", "WHAT", "A / P", "SINCE")),
    ...rows,
    paint("soft", "A: alerts that fire, P: proposals"),
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

function columns(id: string, state: string, severity: string, what: string, firing: string, since: string): string {
  return id.padEnd(10) + state.padEnd(8) + severity.padEnd(10) + what.padEnd(37) + firing.padEnd(7) + since;
}
