import { z } from "zod";
import { isOutsideWritable, MINUTES_MAX, QUERY_CHARACTERS_MAX, refusalOf } from "../promql.ts";
import { brief } from "../series.ts";
import { defineTool } from "../tool.ts";

const STEPS = 40;
const STEP_SECONDS_MIN = 15;
const SERIES_SHOWN = 12;

export const tool = defineTool({
  name: "prometheus_range",
  says: `Asks Prometheus how values changed over the last minutes (up to ${MINUTES_MAX}), in about ${STEPS} steps. Every metric needs a matcher in braces.`,
  input: z.strictObject({
    query: z.string().min(1).max(QUERY_CHARACTERS_MAX),
    minutes: z.int().min(5).max(MINUTES_MAX),
  }),
  offered: ({ prometheus }) => prometheus !== undefined,
  run: async ({ query, minutes }, { prometheus, now }, signal) => {
    const refusal = refusalOf(query);
    if (refusal !== undefined || prometheus === undefined) throw new Error(refusal ?? "No Prometheus is configured.");
    const readAt = now();
    const step = Math.max(STEP_SECONDS_MIN, Math.ceil((minutes * 60) / STEPS));
    const series = await prometheus.queryRange(query, readAt - minutes * 60_000, readAt, step, signal);
    return {
      source: "prometheus",
      query: `${query} over the last ${minutes} min, every ${step} s`,
      readAt,
      result: series.slice(0, SERIES_SHOWN).map(brief),
      outsideWritable: isOutsideWritable(query),
    };
  },
});
