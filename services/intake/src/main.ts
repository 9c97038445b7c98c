import { openCodec, trustedKeys } from "@holdfast/schemas";
import { listen, runService } from "@holdfast/service";
import { busOf } from "@holdfast/wiring";
import { openApp } from "./app.ts";
import { configOf } from "./config.ts";
import { openCounts, type Intake } from "./intake.ts";
import { startPoll } from "./poll.ts";

/** So many polls in a row may fail before this service says that it does not know what fires. */
const POLLS_MISSED_MAX = 3;

await runService(
  { name: "intake", env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const config = configOf(settings);
    // It reads no topic, so it believes no key; alerts are not signed, so it holds none.
    const codec = openCodec({ service: "intake", trusted: trustedKeys(() => undefined), signing: {} });
    const bus = stack.use(await busOf({ service: "intake", settings, codec, log, metrics, fatal }));
    ready("bus", () => bus.writable());
    const intake: Intake = { bus, log, now: Date.now, counts: openCounts(metrics) };

    if (config.poll !== undefined) {
      const { url, everyMs } = config.poll;
      const poller = startPoll(intake, config.poll, signal);
      stack.defer(() => poller.done);
      ready("poll", () => {
        const lastAt = poller.lastAt();
        if (lastAt === undefined) throw new Error(`Alertmanager at ${url} has not answered yet.`);
        if (Date.now() - lastAt > POLLS_MISSED_MAX * everyMs)
          throw new Error(`Alertmanager at ${url} has not answered the last ${POLLS_MISSED_MAX} polls.`);
      });
    }

    const door = stack.use(
      await listen(openApp(intake, config.token), {
        host: settings.HOLDFAST_INTAKE_HOST,
        port: settings.HOLDFAST_INTAKE_PORT,
        portSetting: "HOLDFAST_INTAKE_PORT",
        hostSetting: "HOLDFAST_INTAKE_HOST",
      }),
    );
    log.info(`alerts come in at ${door.url}/v1/alertmanager`);
  },
);
