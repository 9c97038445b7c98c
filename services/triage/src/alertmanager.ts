import { z } from "zod";
import { ALERTS_BYTES_MAX, fetchJson, type Http } from "./telemetry.ts";

/** What is asked of Alertmanager, as it answered: nothing of it is redacted yet. */
export type Alertmanager = {
  /** All that fires, silenced and inhibited ones too. */
  readonly alerts: (namespace: string | undefined, signal: AbortSignal) => Promise<readonly ListedAlert[]>;
  /** Those that count now or will. */
  readonly silences: (signal: AbortSignal) => Promise<readonly Silence[]>;
};

const ListedAlert = z.object({
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  startsAt: z.string(),
  status: z.object({
    state: z.string(),
    silencedBy: z.array(z.string()),
    inhibitedBy: z.array(z.string()),
  }),
});
export type ListedAlert = Readonly<z.infer<typeof ListedAlert>>;

const Silence = z.object({
  id: z.string(),
  status: z.object({ state: z.string() }),
  matchers: z.array(
    // versions before 0.22 know no negation and leave it out
    z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) }),
  ),
  comment: z.string(),
  createdBy: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
});
export type Silence = Readonly<z.infer<typeof Silence>>;

/** @param url where Alertmanager's API begins, without `/api/v2`. */
export function openAlertmanager(url: string, http: Http): Alertmanager {
  const ask = (path: string, signal: AbortSignal): Promise<unknown> =>
    fetchJson(`${url}/api/v2/${path}`, { ...http, bytesMax: ALERTS_BYTES_MAX }, signal);
  return {
    alerts: async (namespace, signal) => {
      const query = new URLSearchParams({ active: "true", silenced: "true", inhibited: "true" });
      if (namespace !== undefined) query.append("filter", `namespace=${JSON.stringify(namespace)}`);
      return z.array(ListedAlert).parse(await ask(`alerts?${query.toString()}`, signal));
    },
    silences: async (signal) => {
      const all = z.array(Silence).parse(await ask("silences", signal));
      return all.filter(({ status }) => status.state !== "expired");
    },
  };
}
