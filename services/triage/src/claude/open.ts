import { catalogue } from "@holdfast/actions";
import type { Bus } from "@holdfast/bus";
import type { Analyst } from "../analyst.ts";
import { openAlertmanager } from "../alertmanager.ts";
import { openPrometheus, type Http } from "../telemetry.ts";
import { loadTools } from "../tools.ts";
import { openClaude } from "./analyst.ts";
import type { Equipment } from "./investigation.ts";
import { openLedger } from "./ledger.ts";
import { openModels } from "./models.ts";
import { openSpending, type Spending } from "./spending.ts";

type Settings = {
  readonly ANTHROPIC_API_KEY: string | undefined;
  readonly ANTHROPIC_BASE_URL: string | undefined;
  readonly HOLDFAST_MODEL: string;
  readonly HOLDFAST_PROMETHEUS_URL: string | undefined;
  readonly HOLDFAST_ALERTMANAGER_URL: string | undefined;
};

type Parts = Pick<Equipment, "cluster" | "redactor"> & {
  readonly settings: Omit<Settings, "ANTHROPIC_API_KEY" | "ANTHROPIC_BASE_URL">;
  readonly reader: Equipment["ports"]["reader"];
  readonly http: Http;
  readonly modelsFile: string;
  readonly readConfig: (path: string) => string;
  readonly now: () => number;
};

/** What a model is asked with, whether or not there is a key to ask it. */
export async function equipmentOf(parts: Parts): Promise<Equipment> {
  const { settings, reader, http, modelsFile, readConfig, cluster, redactor, now } = parts;
  const { HOLDFAST_PROMETHEUS_URL: prometheusUrl, HOLDFAST_ALERTMANAGER_URL: alertmanagerUrl } = settings;
  const prometheus = prometheusUrl === undefined ? undefined : openPrometheus(prometheusUrl, http, redactor);
  const alertmanager = alertmanagerUrl === undefined ? undefined : openAlertmanager(alertmanagerUrl, http);
  return {
    model: settings.HOLDFAST_MODEL,
    models: openModels(readConfig(modelsFile), modelsFile),
    cluster,
    tools: await loadTools(),
    ports: { reader, prometheus, alertmanager, now },
    catalogue,
    redactor,
  };
}

type Asked = Parts & {
  readonly settings: Settings;
  readonly bus: Pick<Bus, "view">;
  readonly stack: AsyncDisposableStack;
  readonly fatal: (cause: unknown) => void;
  /** Where it writes down what runs have taken of which no analysis tells yet. */
  readonly ledgerFile: string;
  readonly spends: (spending: Spending) => void;
};

/**
 * Claude, where there is a key; undefined where there is none. It begins when it has read what it has spent, from the topic
 * `analyses`, so that a restart forgets nothing of a budget.
 */
export async function openFromSettings(parts: Asked): Promise<Analyst | undefined> {
  const { settings, bus, stack, fatal, ledgerFile, spends, now } = parts;
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = settings;
  if (apiKey === undefined) return undefined;
  const equipment = await equipmentOf(parts);
  const spending = openSpending(equipment.models, now, openLedger(ledgerFile));
  const view = stack.use(bus.view(["analyses"], ({ event, time }) => spending.fold(event, time)));
  view.ended.catch(fatal);
  await view.caughtUp;
  spends(spending);
  return openClaude({ ...equipment, provider: { apiKey, baseUrl }, spending, now });
}
