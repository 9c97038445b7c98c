import type { Event } from "@holdfast/cluster";
import { z } from "zod";
import { defineTool, namespace, objectName } from "../tool.ts";

const EVENTS_READ = 500;
const EVENTS_SHOWN = 60;
/** Events that quote what the program itself answered. */
const QUOTING = new Set(["Unhealthy", "ProbeWarning", "FailedPostStartHook", "FailedPreStopHook"]);

export const tool = defineTool({
  name: "list_events",
  says: "Lists the events of a namespace, newest first, or those about one object. Events of nodes are in the namespace default.",
  input: z.strictObject({ namespace, about: objectName.optional().describe("name of the object that they are about") }),
  offered: () => true,
  run: async ({ namespace: where, about }, { reader, now }, signal) => {
    const fieldSelector = about === undefined ? undefined : `involvedObject.name=${about}`;
    const events = await reader.list<Event>(
      "Event",
      { namespace: where, limit: EVENTS_READ, ...(fieldSelector !== undefined && { fieldSelector }) },
      signal,
    );
    const newest = events.toSorted((a, b) => timeOf(b) - timeOf(a)).slice(0, EVENTS_SHOWN);
    return {
      source: "events",
      query: `kubectl -n ${where} get events --sort-by=.lastTimestamp${fieldSelector === undefined ? "" : ` --field-selector ${fieldSelector}`}`,
      readAt: now(),
      result: newest.map(inBrief),
      outsideWritable: newest.some(({ reason }) => QUOTING.has(reason ?? "")),
    };
  },
});

function inBrief({
  type,
  reason,
  message,
  count,
  involvedObject,
  firstTimestamp,
  lastTimestamp,
  eventTime,
}: Event): object {
  return {
    type,
    reason,
    about: `${involvedObject?.kind ?? "?"} ${involvedObject?.name ?? "?"}`,
    message,
    count: count ?? 1,
    first: firstTimestamp ?? eventTime,
    last: lastTimestamp ?? eventTime,
  };
}

function timeOf({ lastTimestamp, eventTime }: Event): number {
  return Date.parse(lastTimestamp ?? eventTime ?? "") || 0;
}
