import { z } from "zod";
import type { ListedAlert } from "../alertmanager.ts";
import { defineTool, namespace, objectName } from "../tool.ts";

const ALERTS_SHOWN = 50;

export const tool = defineTool({
  name: "list_alerts",
  says: "Lists what Alertmanager says is firing, the newest first, with what silences or inhibits it: of a namespace, of one object, or all.",
  input: z.strictObject({
    namespace: namespace.optional().describe("only alerts that carry this namespace"),
    about: objectName.optional().describe("only alerts of which some label has this value: a pod, a workload, a node"),
  }),
  offered: ({ alertmanager }) => alertmanager !== undefined,
  run: async ({ namespace: where, about }, { alertmanager, now }, signal) => {
    if (alertmanager === undefined) throw new Error("No Alertmanager is configured.");
    const listed = await alertmanager.alerts(where, signal);
    const fitting = listed.filter(({ labels }) => about === undefined || Object.values(labels).includes(about));
    const newest = fitting.toSorted((a, b) => Date.parse(b.startsAt) - Date.parse(a.startsAt)).slice(0, ALERTS_SHOWN);
    const query = `amtool alert query --active --silenced --inhibited${where === undefined ? "" : ` namespace="${where}"`}`;
    return {
      source: "alertmanager",
      query: about === undefined ? query : `${query} (those that name ${about})`,
      readAt: now(),
      result: [{ firing: fitting.length }, ...newest.map(inBrief)],
      outsideWritable: true,
    };
  },
});

function inBrief({ labels, annotations, startsAt, status }: ListedAlert): object {
  const { state, silencedBy, inhibitedBy } = status;
  return { labels, annotations, since: startsAt, state, silencedBy, inhibitedBy };
}
