import { hostname } from "node:os";
import { catalogue } from "@holdfast/actions";
import { openCluster } from "@holdfast/cluster";
import {
  assertSandboxOnly,
  loadGuard,
  namespacesOf,
  openApprovers,
  readConfig,
  withSandboxPerson,
} from "@holdfast/guard";
import { logVerifier } from "@holdfast/log";
import { publicKeys } from "@holdfast/schemas";
import { readSecret, runService, VERSION } from "@holdfast/service";
import { accessOf, proveCredential } from "@holdfast/credential";
import { busOf, codecOf, publicKey, tellPolicy } from "@holdfast/wiring";
import { startExecutor } from "./app.ts";
import { configOf } from "./config.ts";
import { measureExecutor } from "./metrics.ts";
import { processClock } from "./process-clock.ts";
import { auditReceipts } from "./receipts.ts";

await runService(
  { name: "executor", env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const config = configOf(settings);
    if (config.mode === "observe")
      throw new Error(
        "In mode observe there is no executor. Set HOLDFAST_MODE to act where people may approve changes.",
      );
    const { guard, windows, inventory } = loadGuard(settings.HOLDFAST_CONFIG);
    const listed = openApprovers(readConfig(settings.HOLDFAST_APPROVERS), settings.HOLDFAST_APPROVERS);
    if (config.isSandbox) assertSandboxOnly(inventory);
    const approvers = config.isSandbox
      ? withSandboxPerson(listed, readSecret(settings.HOLDFAST_APPROVER_DIGEST_FILE))
      : listed;
    const codec = codecOf({
      service: "executor",
      publicKeys: settings.HOLDFAST_PUBLIC_KEYS,
      signing: { executor: settings.HOLDFAST_EXECUTOR_KEY_FILE },
    });
    const [auditKey] = publicKeys("audit", publicKey(settings.HOLDFAST_PUBLIC_KEYS, "audit") ?? "");
    if (auditKey === undefined)
      throw new Error("The executor has no public key of audit, so no receipt could be believed.");
    tellPolicy(metrics, guard.digest);
    const bus = stack.use(await busOf({ service: "executor", settings, codec, log, metrics, fatal }));
    const access = accessOf(settings, {
      sandboxToken: settings.HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE,
      kubeconfig: settings.HOLDFAST_EXECUTOR_KUBECONFIG,
    });
    const cluster = stack.use(openCluster({ access, service: "executor", version: VERSION, timeoutMs: 10_000 }));
    const { reader, claims, sender } = cluster;
    await proveCredential({
      ...cluster,
      service: "executor",
      data: settings.HOLDFAST_DATA,
      declared: config.declared,
      namespaces: namespacesOf(inventory, config.cluster),
      signal,
      log,
    });
    const counted = measureExecutor(metrics);

    await startExecutor(
      {
        name: `${hostname()}-${process.pid}`,
        cluster: config.cluster,
        bus,
        codec,
        catalogue,
        reader,
        claims,
        sender,
        receipts: auditReceipts(settings.HOLDFAST_AUDIT_URL, logVerifier(auditKey), tokenFor(settings)),
        guard,
        windows,
        inventory,
        approvers,
        clock: processClock,
        patience: config.patience,
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

/** Audit asks for a token where it is reached over the network. */
function tokenFor(settings: {
  readonly HOLDFAST_AUDIT_URL: string;
  readonly HOLDFAST_AUDIT_TOKEN_FILE: string;
}): string | undefined {
  const { hostname: host } = new URL(settings.HOLDFAST_AUDIT_URL);
  return ["127.0.0.1", "localhost", "[::1]"].includes(host)
    ? undefined
    : readSecret(settings.HOLDFAST_AUDIT_TOKEN_FILE);
}
