import { catalogue } from "@holdfast/actions";
import { openCluster, openReadOnlyCluster } from "@holdfast/cluster";
import { accessOf, answering, proveCredential } from "@holdfast/credential";
import { runService, VERSION } from "@holdfast/service";
import { busOf, codecOf, tellPolicy } from "@holdfast/wiring";
import { startPolicy } from "./app.ts";
import { configOf } from "./config.ts";
import { measurePolicy } from "./metrics.ts";
import { telling } from "./telling.ts";

const SERVICE = "policy";

await runService(
  { name: SERVICE, env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const {
      mode,
      cluster: name,
      namespaces,
      users,
      settleMs,
      signing,
      declared,
      kubeconfig,
      ...rules
    } = configOf(settings);
    const { guard, windows, inventory, limits } = rules;
    const codec = codecOf({ service: SERVICE, publicKeys: settings.HOLDFAST_PUBLIC_KEYS, signing });
    tellPolicy(metrics, guard.digest);
    const bus = stack.use(await busOf({ service: SERVICE, settings, codec, log, metrics, fatal }));
    const sandboxToken = settings.HOLDFAST_SANDBOX_POLICY_TOKEN_FILE;
    const access = accessOf(settings, { sandboxToken, kubeconfig, context: settings.HOLDFAST_CONTEXT });
    const options = { access, service: SERVICE, version: VERSION, timeoutMs: 10_000 };
    const acting = mode === "act" ? stack.use(openCluster(options)) : undefined;
    const { reader } = acting ?? stack.use(openReadOnlyCluster(options));
    const data = settings.HOLDFAST_DATA;
    if (acting !== undefined)
      await proveCredential({ ...acting, service: SERVICE, data, declared, namespaces, signal, log });
    const counted = measurePolicy(metrics, { open: codec.open, settleMs, now: Date.now });

    const { view, knowledge, subscription } = await startPolicy(
      {
        mode,
        bus,
        codec,
        planner: {
          cluster: name,
          catalogue,
          reader,
          dryRunner: acting?.dryRunner,
          users,
          environmentOf: inventory.environmentOf,
          requestBytesMax: limits.requestBytesMax,
          now: () => new Date(),
        },
        judges: { guard, windows },
        limits,
        settleMs,
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
    ready("cluster", () => answering(reader));
    log.info(`policy ${guard.digest.slice(0, 12)} judges, mode ${mode}`, { active: subscription.active() });
  },
);
