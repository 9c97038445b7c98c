import { hostname } from "node:os";
import { catalogue } from "@holdfast/actions";
import { openCluster } from "@holdfast/cluster";
import { accessOf, proveCredential } from "@holdfast/credential";
import { runService, VERSION } from "@holdfast/service";
import { busOf, codecOf, publicKey, tellPolicy } from "@holdfast/wiring";
import { startExecutor } from "./app.ts";
import { configOf } from "./config.ts";
import { measureExecutor } from "./metrics.ts";
import { processClock } from "./process-clock.ts";
import { auditReceipts, auditVerifier } from "./receipts.ts";

const SERVICE = "executor";

await runService(
  { name: SERVICE, env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const { declared, namespaces, auditToken, ...judging } = configOf(settings);
    const audit = auditVerifier(publicKey(settings.HOLDFAST_PUBLIC_KEYS, "audit"));
    const signing = { executor: settings.HOLDFAST_EXECUTOR_KEY_FILE };
    const codec = codecOf({ service: SERVICE, publicKeys: settings.HOLDFAST_PUBLIC_KEYS, signing });
    tellPolicy(metrics, judging.guard.digest);
    const bus = stack.use(await busOf({ service: SERVICE, settings, codec, log, metrics, fatal }));
    const access = accessOf(settings, {
      sandboxToken: settings.HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE,
      kubeconfig: settings.HOLDFAST_EXECUTOR_KUBECONFIG,
    });
    const cluster = stack.use(openCluster({ access, service: SERVICE, version: VERSION, timeoutMs: 10_000 }));
    const { reader, claims, sender } = cluster;
    const data = settings.HOLDFAST_DATA;
    await proveCredential({ ...cluster, service: SERVICE, data, declared, namespaces, signal, log });
    const counted = measureExecutor(metrics);

    await startExecutor(
      {
        ...judging,
        name: `${hostname()}-${process.pid}`,
        bus,
        codec,
        catalogue,
        reader,
        claims,
        sender,
        receipts: auditReceipts(settings.HOLDFAST_AUDIT_URL, audit, auditToken),
        clock: processClock,
        reported: (outcome) => {
          log.info(`${outcome.state} ${outcome.action}`, outcome);
          counted.reported(outcome);
        },
        waiting: (what, cause) => {
          log.warn(`${what} had no answer; it is asked again`, { error: cause });
          counted.waiting(what);
        },
      },
      stack,
    );
    ready("bus", bus.writable);
    ready("cluster", async () => void (await reader.identity(AbortSignal.timeout(2_000))));
  },
);
