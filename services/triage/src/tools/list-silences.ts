import { z } from "zod";
import type { Silence } from "../alertmanager.ts";
import { defineTool } from "../tool.ts";

const SILENCES_SHOWN = 50;
const ID = /^[\w-]{1,64}$/;

export const tool = defineTool({
  name: "list_silences",
  says: "Lists the silences of Alertmanager that count now or will: what they match, who set them, until when and why. Planned work is often announced so.",
  input: z.strictObject({
    id: z.string().regex(ID, "is no id of a silence").optional().describe("only the one that an alert is silencedBy"),
  }),
  offered: ({ alertmanager }) => alertmanager !== undefined,
  run: async ({ id }, { alertmanager, now }, signal) => {
    if (alertmanager === undefined) throw new Error("No Alertmanager is configured.");
    const fitting = (await alertmanager.silences(signal)).filter((silence) => id === undefined || silence.id === id);
    const latest = fitting.toSorted((a, b) => Date.parse(b.startsAt) - Date.parse(a.startsAt)).slice(0, SILENCES_SHOWN);
    return {
      source: "alertmanager",
      query: `amtool silence query${id === undefined ? "" : ` --id=${id}`}`,
      readAt: now(),
      result: [{ silences: fitting.length }, ...latest.map(inBrief)],
      outsideWritable: true,
    };
  },
});

function inBrief({ id, status, matchers, comment, createdBy, startsAt, endsAt }: Silence): object {
  return {
    id,
    state: status.state,
    // unquoted: what was escaped the redactor would not know
    matches: matchers.map(
      ({ name, value, isRegex, isEqual }) =>
        `${name}${isEqual ? "=" : "!"}${isRegex ? "~" : isEqual ? "" : "="}${value}`,
    ),
    comment,
    by: createdBy,
    from: startsAt,
    until: endsAt,
  };
}
