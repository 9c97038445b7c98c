import type { Bus } from "@holdfast/bus";
import { openMetrics } from "@holdfast/service";
import { sample } from "@holdfast/schemas/testing";
import { expect, test } from "vitest";
import { withBrokerClock } from "./broker-clock.ts";

const NOW = 1_000_000;

/** A broker whose clock is off by so much, and whose answer takes 40 ms. */
async function aheadOf(offMs: number, publishes: boolean): Promise<number> {
  let now = NOW;
  const answer = (): number => {
    now += 40;
    return now - 20 + offMs;
  };
  const broker = {
    now: async () => answer(),
    publish: async () => ({ topic: "alerts", partition: 0, offset: 0, time: answer(), value: Buffer.alloc(0) }),
  } as unknown as Bus;
  const metrics = openMetrics("test");
  const bus = withBrokerClock(broker, metrics, () => now);
  const event = sample("analyses", "a-release-that-crashes");
  if (publishes) await bus.publish("analyses", event.incident, event);
  const [, value] = /^holdfast_bus_clock_ahead_seconds\S* (\S+)$/m.exec(await metrics.text()) ?? [];
  return Number(value);
}

test("a broker that keeps our time is neither ahead nor behind, however long its answer takes", async () => {
  expect([await aheadOf(0, true), await aheadOf(0, false), await aheadOf(15, true)]).toEqual([0, 0, 0]);
});

test("one that does not is ahead or behind by what the wait cannot explain", async () => {
  expect([await aheadOf(7_020, true), await aheadOf(-7_020, true), await aheadOf(7_020, false)]).toEqual([7, -7, 7]);
});
