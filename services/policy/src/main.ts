import { join } from "node:path";
import { catalogue } from "@holdfast/actions";
import { openCluster, openReadOnlyCluster } from "@holdfast/cluster";
import { assertSandboxOnly, loadGuard, namespacesOf, readConfig } from "@holdfast/guard";
import { runService, VERSION } from "@holdfast/service";
import { accessOf, answering, proveCredential } from "@holdfast/credential";
import { busOf, codecOf, tellPolicy } from "@holdfast/wiring";
import { startPolicy } from "./app.ts";
import { configOf } from "./config.ts";
import { measurePolicy } from "./metrics.ts";
import { telling } from "./telling.ts";
import { noTelemetry, prometheusUsers } from "./users.ts";

await runService(
  { name: "policy", env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const config = configOf(settings);
    const { guard, windows, inventory, limits } = loadGuard(config.configFolder);
    if (config.isSandbox) assertSandboxOnly(inventory);
    const codec = codecOf({ service: "policy", publicKeys: settings.HOLDFAST_PUBLIC_KEYS, signing: config.signing });
    tellPolicy(metrics, guard.digest);
    const bus = stack.use(await busOf({ service: "policy", settings, codec, log, metrics, fatal }));
    const options = {
      access: accessOf(settings, {
        sandboxToken: settings.HOLDFAST_SANDBOX_POLICY_TOKEN_FILE,
        kubeconfig: config.kubeconfig,
        context: settings.HOLDFAST_CONTEXT,
      }),
      service: "policy",
      version: VERSION,
      timeoutMs: 10_000,
    };
    const acting = config.mode === "act" ? stack.use(openCluster(options)) : undefined;
    const cluster = acting ?? stack.use(openReadOnlyCluster(options));
    if (acting !== undefined) {
      await proveCredential({
        ...acting,
        service: "policy",
        data: settings.HOLDFAST_DATA,
        declared: config.declared,
        namespaces: namespacesOf(inventory, config.cluster),
        signal,
        log,
      });
    }
    const users =
      config.prometheusUrl === undefined
        ? noTelemetry
        : prometheusUsers(config.prometheusUrl, readConfig(join(config.configFolder, "users.promql")));
    const counted = measurePolicy(metrics, { open: codec.open, settleMs: config.settleMs, now: Date.now });

    const { view, knowledge, subscription } = await startPolicy(
      {
        mode: config.mode,
        bus,
        codec,
        planner: {
          cluster: config.cluster,
          catalogue,
          reader: cluster.reader,
          dryRunner: acting?.dryRunner,
          users,
          environmentOf: inventory.environmentOf,
          requestBytesMax: limits.requestBytesMax,
          now: () => new Date(),
        },
        judges: { guard, windows },
        limits,
        settleMs: config.settleMs,
        ...telling(log, counted, guard.digest),
      },
      stack,
    );
    counted.watch(knowledge);
    view.ended.catch(fatal);
    ready("views", () => {
      if (!view.isCaughtUp()) throw new Error("Policy has not read its topics to their end yet.");
    });
    ready("bus", bus.writable);
    ready("cluster", () => answering(cluster.reader));
    log.info(`policy ${guard.digest.slice(0, 12)} judges, mode ${config.mode}`, { active: subscription.active() });
  },
);
