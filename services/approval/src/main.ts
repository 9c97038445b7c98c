import { listen, runService } from "@holdfast/service";
import { busOf, codecOf, tellPolicy } from "@holdfast/wiring";
import { startApproval } from "./app.ts";
import { configOf } from "./config.ts";
import { watchLetters } from "./letters-metrics.ts";
import { measureApproval } from "./metrics.ts";
import { notifyingOf } from "./notify/notifier.ts";

await runService({ name: "approval", env: process.env }, async ({ settings, log, metrics, stack, ready, fatal }) => {
  const { guard, approvers, settleMs, votesPerMinute } = configOf(settings);
  const signing = { approval: settings.HOLDFAST_APPROVAL_KEY_FILE };
  const codec = codecOf({ service: "approval", publicKeys: settings.HOLDFAST_PUBLIC_KEYS, signing });
  tellPolicy(metrics, guard.digest);
  const bus = stack.use(await busOf({ service: "approval", settings, codec, log, metrics, fatal }));
  const host = settings.HOLDFAST_APPROVAL_HOST;
  const { counted, took, watch } = measureApproval(metrics, approvers.entries);

  const { door, view, knowledge } = await startApproval(
    {
      bus,
      codec,
      guard,
      approvers,
      settleMs,
      votesPerMinute,
      now: Date.now,
      boundTo: host,
      log,
      counted,
      took,
      notifying: notifyingOf(settings),
      metrics,
    },
    stack,
  );
  view.ended.catch(fatal);
  watch(knowledge);
  watchLetters(metrics, knowledge.parked);
  ready("view", () => {
    if (!view.isCaughtUp()) throw new Error("Approval has not read its topics to their end yet.");
  });
  ready("bus", bus.writable);
  const place = {
    host,
    port: settings.HOLDFAST_APPROVAL_PORT,
    portSetting: "HOLDFAST_APPROVAL_PORT",
    hostSetting: "HOLDFAST_APPROVAL_HOST",
  };
  const { url } = stack.use(await listen(door, place));
  log.info(`the inbox is open at ${url}`, { approvers: approvers.entries.length, guard: guard.digest.slice(0, 12) });
});
