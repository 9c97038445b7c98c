import { existsSync } from "node:fs";
import { join } from "node:path";
import { openReadOnlyCluster } from "@holdfast/cluster";
import { namespacesOf, openInventory, readConfig } from "@holdfast/guard";
import { openLog, openMetrics, readSettings, sentenceOf, standardError, VERSION } from "@holdfast/service";
import { accessOf } from "@holdfast/credential";
import { busOf, codecOf } from "@holdfast/wiring";
import { equipmentOf } from "./claude/open.ts";
import { previewOf } from "./claude/preview.ts";
import { configOf } from "./config.ts";
import { fold, VIEWED } from "./fold.ts";
import { caseOf } from "./investigate.ts";
import { withLogConsent } from "./log-consent.ts";
import { openIncident } from "./named.ts";
import { openFactReader } from "./read-facts.ts";
import { openRedactor } from "@holdfast/redact";
import { loadSignatures } from "./signatures.ts";
import { openState } from "./state.ts";

// Run by `holdfast preview` with triage's own environment: it reads what triage reads, and publishes and sends nothing.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
try {
  process.stdout.write(JSON.stringify(await preview(process.argv[2] ?? "")));
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}

async function preview(name: string): Promise<object> {
  const settings = readSettings("triage", process.env);
  const config = configOf(settings);
  const { HOLDFAST_DATA: data, HOLDFAST_BUS: kind } = settings;
  if (kind === "embedded" && !existsSync(join(data, "bus.sqlite")))
    throw new Error(
      `There is no bus in ${data}, so there is no incident. Set HOLDFAST_DATA to the folder of the Holdfast that runs.`,
    );
  await using stack = new AsyncDisposableStack();
  const log = openLog({ service: "triage", level: "error", to: standardError() });
  const codec = codecOf({ service: "triage", publicKeys: settings.HOLDFAST_PUBLIC_KEYS, signing: {} });
  const metrics = openMetrics("triage");
  const fatal = (cause: unknown): never => {
    throw cause;
  };
  const bus = stack.use(await busOf({ service: "triage", settings, codec, log, metrics, fatal }));
  const state = openState();
  const view = stack.use(bus.view(VIEWED, (delivery) => fold(state, delivery)));
  await view.caughtUp;
  const incident = openIncident(state, name);
  const { kubeconfig, cluster, modelsFile, inventoryFile, secrets } = config;
  const sandboxToken = settings.HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE;
  const access = accessOf(settings, { sandboxToken, kubeconfig, context: settings.HOLDFAST_CONTEXT });
  const observed = stack.use(openReadOnlyCluster({ access, service: "triage", version: VERSION, timeoutMs: 10_000 }));
  const reader = withLogConsent(observed.reader, Date.now);
  const redactor = openRedactor(secrets);
  const namespaces = namespacesOf(openInventory(readConfig(inventoryFile), inventoryFile), cluster);
  const readFacts = openFactReader(reader, redactor, Date.now, namespaces);
  const about = await caseOf({ readFacts, redactor, signatures: await loadSignatures() }, state, incident, stop.signal);
  const http = { userAgent: `holdfast-triage/${VERSION}`, timeoutMs: 5_000, bytesMax: 4 * 1024 * 1024 };
  const outside = { settings, reader, http, readConfig, modelsFile, cluster, redactor, now: Date.now };
  const equipment = await equipmentOf(outside);
  const hasKey = settings.ANTHROPIC_API_KEY !== undefined;
  const previewed = await previewOf(equipment, about, settings.ANTHROPIC_BASE_URL, stop.signal);
  return { incident: incident.id, model: equipment.model, hasKey, ...previewed };
}
