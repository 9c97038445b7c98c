import { z } from "zod";
import { isOutsideWritable, QUERY_CHARACTERS_MAX, refusalOf } from "../promql.ts";
import { brief } from "../series.ts";
import { defineTool } from "../tool.ts";

const SERIES_SHOWN = 50;

export const tool = defineTool({
  name: "prometheus_query",
  says: 'Asks Prometheus for values of now. Every metric needs a matcher in braces, e.g. sum by (pod) (rate(http_requests_total{namespace="shop"}[5m])).',
  input: z.strictObject({ query: z.string().min(1).max(QUERY_CHARACTERS_MAX) }),
  offered: ({ prometheus }) => prometheus !== undefined,
  run: async ({ query }, { prometheus, now }, signal) => {
    const refusal = refusalOf(query);
    if (refusal !== undefined || prometheus === undefined) throw new Error(refusal ?? "No Prometheus is configured.");
    const series = await prometheus.query(query, signal);
    return {
      source: "prometheus",
      query,
      readAt: now(),
      result: series.slice(0, SERIES_SHOWN).map(brief),
      outsideWritable: isOutsideWritable(query),
    };
  },
});
