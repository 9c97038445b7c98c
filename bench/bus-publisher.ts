import { setTimeout as sleep } from "node:timers/promises";
import { openEmbedded } from "@holdfast/bus/embedded";
import { benchAlert, benchCodec, type PublishTask } from "./bus.ts";
import { taskOf } from "./child.ts";

/** Publishes at an even pace, and says afterwards when it did. */
const { file, perSecond, records } = taskOf<PublishTask>();
await using bus = await openEmbedded({ file, codec: benchCodec(), service: "bench" });
process.send?.("open");
const sent: (readonly [string, number])[] = [];
const start = performance.now();
const publishes: Promise<unknown>[] = [];
for (let index = 0; index < records; index += 1) {
  const waitMs = start + (index * 1000) / perSecond - performance.now();
  if (waitMs > 0) await sleep(waitMs);
  const event = benchAlert(index);
  sent.push([event.id, performance.timeOrigin + performance.now()]);
  publishes.push(bus.publish("alerts", event.fingerprint, event));
}
await Promise.all(publishes);
await new Promise<void>((done) => process.send?.(sent, () => done()));
await new Promise<void>((done) => process.once("SIGTERM", done));
process.disconnect();
