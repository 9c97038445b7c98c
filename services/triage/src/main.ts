import { join } from "node:path";
import { openReadOnlyCluster } from "@holdfast/cluster";
import { accessOf, answering, proveCredential } from "@holdfast/credential";
import { namespacesOf, openInventory, readConfig } from "@holdfast/guard";
import { openRedactor } from "@holdfast/redact";
import { retrying, runService, VERSION } from "@holdfast/service";
import { busOf, codecOf } from "@holdfast/wiring";
import { startTriage } from "./app.ts";
import { openFromSettings } from "./claude/open.ts";
import { configOf } from "./config.ts";
import { clusterLister } from "./list-cluster.ts";
import { withLogConsent } from "./log-consent.ts";
import { countTriage, watchSpending } from "./metrics.ts";
import { openFactReader } from "./read-facts.ts";
import { resolveOwner } from "./read-owner.ts";
import { withSharedReads } from "./shared-reads.ts";
import { signatureAnalyst } from "./signature-analyst.ts";
import { loadSignatures } from "./signatures.ts";
import { openTargets } from "./targets.ts";
import { openFiring } from "./telemetry.ts";

const SERVICE = "triage";
/** What its credential may do besides reading. */
const DECLARED = [] as const;

await runService(
  { name: SERVICE, env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const config = configOf(settings);
    const redactor = openRedactor(config.secrets);
    // It signs nothing, and believes of the signed topics only what verifies.
    const codec = codecOf({ service: SERVICE, publicKeys: settings.HOLDFAST_PUBLIC_KEYS, signing: {} });
    const bus = stack.use(await busOf({ service: SERVICE, settings, codec, log, metrics, fatal }));
    const access = accessOf(settings, {
      sandboxToken: settings.HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE,
      kubeconfig: config.kubeconfig,
      context: settings.HOLDFAST_CONTEXT,
    });
    const observed = stack.use(openReadOnlyCluster({ access, service: SERVICE, version: VERSION, timeoutMs: 10_000 }));
    const reader = withLogConsent(observed.reader, Date.now);
    const namespaces = namespacesOf(
      openInventory(readConfig(config.inventoryFile), config.inventoryFile),
      config.cluster,
    );
    const data = settings.HOLDFAST_DATA;
    if (config.mode === "act")
      await proveCredential({ ...observed, service: SERVICE, data, declared: DECLARED, namespaces, signal, log });
    const http = { userAgent: `holdfast-triage/${VERSION}`, timeoutMs: 5_000, bytesMax: 4 * 1024 * 1024 };
    const counted = countTriage(metrics, log);
    const { modelsFile, cluster } = config;
    const deep = await openFromSettings({
      settings,
      reader,
      http,
      bus,
      readConfig,
      now: Date.now,
      redactor,
      modelsFile,
      cluster,
      stack,
      fatal,
      ledgerFile: join(data, "triage", "spending.json"),
      spends: watchSpending(metrics),
    });

    const running = await startTriage(
      {
        bus,
        cluster,
        targets: openTargets(readConfig(config.targetsFile), config.targetsFile),
        resolve: (aim, stop) => resolveOwner(reader, aim, stop),
        readFacts: openFactReader(withSharedReads(reader, Date.now), redactor, Date.now, namespaces),
        redactor,
        signatures: await loadSignatures(),
        fast: signatureAnalyst(Date.now),
        deep,
        firing: config.alertmanagerUrl === undefined ? undefined : openFiring(config.alertmanagerUrl, http),
        scan: config.scans ? clusterLister(reader, namespaces) : undefined,
        pace: config.pace,
        now: Date.now,
        persist: (what, attempt, stop) => retrying(what, attempt, { signal: AbortSignal.any([signal, stop]), log }),
        noted: counted.noted,
        fatal,
      },
      stack,
    );
    counted.watch(running);
    ready("views", running.ready);
    ready("bus", bus.writable);
    ready("cluster", () => answering(reader));
  },
);
