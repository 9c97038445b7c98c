import { catalogue } from "@holdfast/actions";
import type { Bus } from "@holdfast/bus";
import type { Analyst } from "../analyst.ts";
import { openAlertmanager } from "../alertmanager.ts";
import { openPrometheus, type Http } from "../telemetry.ts";
import { loadTools } from "../tools.ts";
import { openClaude, type Claude } from "./analyst.ts";
import { openModels } from "./models.ts";
import { openSpending } from "./spending.ts";

type Settings = {
  readonly ANTHROPIC_API_KEY: string | undefined;
  readonly ANTHROPIC_BASE_URL: string | undefined;
  readonly HOLDFAST_MODEL: string;
  readonly HOLDFAST_PROMETHEUS_URL: string | undefined;
  readonly HOLDFAST_ALERTMANAGER_URL: string | undefined;
};

type Parts = Pick<Claude, "cluster" | "redactor" | "now"> & {
  readonly settings: Settings;
  readonly reader: Claude["ports"]["reader"];
  readonly http: Http;
  readonly bus: Pick<Bus, "view">;
  readonly modelsFile: string;
  readonly readConfig: (path: string) => string;
  readonly stack: AsyncDisposableStack;
  readonly fatal: (cause: unknown) => void;
};

/**
 * Claude, where there is a key; undefined where there is none. It begins when it has read what it has spent, from the topic
 * `analyses`, so that a restart forgets nothing of a budget.
 */
export async function openFromSettings(parts: Parts): Promise<Analyst | undefined> {
  const { settings, reader, http, bus, modelsFile, readConfig, stack, fatal, cluster, redactor, now } = parts;
  const {
    ANTHROPIC_API_KEY: apiKey,
    HOLDFAST_PROMETHEUS_URL: prometheusUrl,
    HOLDFAST_ALERTMANAGER_URL: alertmanagerUrl,
  } = settings;
  if (apiKey === undefined) return undefined;
  const models = openModels(readConfig(modelsFile), modelsFile);
  const spending = openSpending(models, now);
  const view = stack.use(bus.view(["analyses"], ({ event, time }) => spending.fold(event, time)));
  view.ended.catch(fatal);
  await view.caughtUp;
  const prometheus = prometheusUrl === undefined ? undefined : openPrometheus(prometheusUrl, http, redactor);
  const alertmanager = alertmanagerUrl === undefined ? undefined : openAlertmanager(alertmanagerUrl, http);
  return openClaude({
    provider: { apiKey, baseUrl: settings.ANTHROPIC_BASE_URL },
    model: settings.HOLDFAST_MODEL,
    models,
    cluster,
    tools: await loadTools(),
    ports: { reader, prometheus, alertmanager, now },
    catalogue,
    redactor,
    spending,
    now,
  });
}
