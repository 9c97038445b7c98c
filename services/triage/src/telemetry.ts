import { z } from "zod";
import type { RedactedText, Redactor } from "@holdfast/redact";

/** The fingerprints of all alerts that Alertmanager says are firing, silenced ones too. Rejects when it does not answer. */
export type Firing = (signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** One line of a metric, redacted: its labels, and its values with their times. */
export type Series = {
  readonly labels: Readonly<Record<string, RedactedText>>;
  readonly points: readonly { readonly at: number; readonly value: number }[];
};

export type Prometheus = {
  readonly query: (promql: string, signal: AbortSignal) => Promise<readonly Series[]>;
  readonly queryRange: (
    promql: string,
    from: number,
    to: number,
    stepSeconds: number,
    signal: AbortSignal,
  ) => Promise<readonly Series[]>;
};

export type Http = { readonly userAgent: string; readonly timeoutMs: number; readonly bytesMax: number };

const POINTS_MAX = 500;
const SERIES_MAX = 200;
/** Alertmanager cannot be asked for fewer. */
export const ALERTS_BYTES_MAX = 32 * 1024 * 1024;

const Point = z.tuple([z.number(), z.string()]);
const Labels = z.record(z.string(), z.string());
const Answer = z.object({
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: Labels, value: Point })) }),
    z.object({
      resultType: z.literal("matrix"),
      result: z.array(z.object({ metric: Labels, values: z.array(Point) })),
    }),
    z.object({ resultType: z.literal("scalar"), result: Point }),
  ]),
});
const Alerts = z.array(z.object({ fingerprint: z.string(), status: z.object({ state: z.string() }) }));

/** @param url where Alertmanager's API begins, without `/api/v2`. */
export function openFiring(url: string, http: Http): Firing {
  return async (signal) => {
    const body = await fetchJson(
      `${url}/api/v2/alerts?active=true&silenced=true&inhibited=true`,
      { ...http, bytesMax: ALERTS_BYTES_MAX },
      signal,
    );
    return new Set(Alerts.parse(body).map(({ fingerprint }) => fingerprint));
  };
}

/** @param url where Prometheus' API begins, without `/api/v1`. */
export function openPrometheus(url: string, http: Http, redactor: Redactor): Prometheus {
  const ask = async (
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly Series[]> => {
    const parameters = new URLSearchParams({ ...query, timeout: `${Math.ceil(http.timeoutMs / 1000)}s` });
    const body = await fetchJson(`${url}/api/v1/${path}?${parameters.toString()}`, http, signal);
    return seriesOf(Answer.parse(body), redactor);
  };
  return {
    query: (promql, signal) => ask("query", { query: promql }, signal),
    queryRange: (promql, from, to, stepSeconds, signal) => {
      if ((to - from) / 1000 / stepSeconds > POINTS_MAX)
        throw new RangeError(`this range has more than ${POINTS_MAX} steps; ask for longer steps`);
      return ask(
        "query_range",
        { query: promql, start: String(from / 1000), end: String(to / 1000), step: String(stepSeconds) },
        signal,
      );
    },
  };
}

function seriesOf({ data }: z.infer<typeof Answer>, redactor: Redactor): readonly Series[] {
  const point = ([seconds, value]: z.infer<typeof Point>): Series["points"][number] => ({
    at: seconds * 1000,
    value: Number(value),
  });
  const labels = (metric: Readonly<Record<string, string>>): Series["labels"] =>
    Object.fromEntries(Object.entries(metric).map(([name, value]) => [name, redactor.text(value)]));
  switch (data.resultType) {
    case "scalar":
      return [{ labels: {}, points: [point(data.result)] }];
    case "vector":
      return data.result
        .slice(0, SERIES_MAX)
        .map(({ metric, value }) => ({ labels: labels(metric), points: [point(value)] }));
    case "matrix":
      return data.result
        .slice(0, SERIES_MAX)
        .map(({ metric, values }) => ({ labels: labels(metric), points: values.slice(-POINTS_MAX).map(point) }));
  }
}

/** JSON that nobody has looked at yet. */
export async function fetchJson(
  url: string,
  { userAgent, timeoutMs, bytesMax }: Http,
  stop: AbortSignal,
): Promise<unknown> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  // a redirect could lead anywhere, so it is an error
  const response = await fetch(url, {
    redirect: "error",
    headers: { "user-agent": userAgent, accept: "application/json" },
    signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${new URL(url).origin} answered ${response.status}`);
  }
  return JSON.parse(await bodyOf(response, bytesMax));
}

async function bodyOf(response: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) throw new RangeError(`the answer has more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
