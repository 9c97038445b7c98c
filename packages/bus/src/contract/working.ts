import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { SubscribeOptions } from "../port.ts";
import { alert, incident, incidentNamed } from "./events.ts";
import { until, type NewWorld } from "./world.ts";

const ALONE: SubscribeOptions = { concurrency: 4, exclusive: true, parked: "hold-key" };
/** Longer than any lease or session of any adapter's test settings. */
const LONG_MS = 5000;

export function working(newWorld: NewWorld): void {
  test("records of one key are handled in order and one at a time, and those of many keys beside each other", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const seen = new Map<string, string[]>();
    const busy = new Set<string>();
    let [together, most] = [0, 0];
    await bus.subscribe(
      ["incidents"],
      "g",
      async ({ key, event }) => {
        expect(busy.has(key)).toBe(false);
        busy.add(key);
        most = Math.max(most, ++together);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
        seen.set(key, [...(seen.get(key) ?? []), event.because]);
        together -= 1;
        busy.delete(key);
      },
      ALONE,
    );
    const names = ["a", "b", "c", "d", "e"];
    const steps = Array.from({ length: 12 }, (_, index) => String(index));
    for (const step of steps)
      await Promise.all(names.map((name) => bus.publish("incidents", incidentNamed(name), incident(name, step, step))));
    await until(() => [...seen.values()].flat().length === names.length * steps.length);
    for (const name of names) expect(seen.get(incidentNamed(name))).toEqual(steps);
    expect(most).toBe(4);
  });

  test("a handler that fails is tried again and holds only its key, and is never parked", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const done: string[] = [];
    let failures = 0;
    await bus.subscribe(
      ["incidents"],
      "g",
      async ({ event }) => {
        if (event.because === "bad" && ++failures < 5) throw new TypeError("not today");
        done.push(event.because);
      },
      { ...ALONE, concurrency: 1 },
    );
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "bad"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "2", "after bad"));
    for (let index = 0; index < 10; index++)
      await bus.publish("incidents", incidentNamed(`other ${index}`), incident(`other ${index}`, "1", "other"));
    await until(() => done.length === 12);
    expect(done.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => "other"));
    expect(done.slice(10)).toEqual(["bad", "after bad"]);
    expect((await bus.stats()).deadLetters).toBe(0);
  });

  test("a handler may take longer than any lease: nobody else gets the record, before or after", async () => {
    await using world = await newWorld();
    const [bus, other] = [await world.open(), await world.open()];
    const told: string[] = [];
    const first = await bus.subscribe(
      ["incidents"],
      "g",
      async ({ event }, signal) => {
        told.push(`first began ${event.because}`);
        await new Promise((resolve) => setTimeout(resolve, LONG_MS));
        told.push(signal.aborted ? "first was aborted" : "first finished");
      },
      ALONE,
    );
    await until(first.active);
    const second = await other.subscribe(
      ["incidents"],
      "g",
      async ({ event }) => void told.push(`second got ${event.because}`),
      ALONE,
    );
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "long"));
    await until(() => told.length >= 2);
    await first[Symbol.asyncDispose]();
    await until(second.active);
    await bus.publish("incidents", incidentNamed("a"), incident("a", "2", "next"));
    await until(() => told.length >= 3);
    expect(told).toEqual(["first began long", "first finished", "second got next"]);
  });

  test("a handler that does not keep up holds the records back on the bus and not in memory", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const text = "x".repeat(256 * 1024);
    const COUNT = 240;
    const gate = Promise.withResolvers<void>();
    let handled = 0;
    const subscription = await bus.subscribe(
      ["alerts"],
      "g",
      async () => {
        await gate.promise;
        handled += 1;
      },
      ALONE,
    );
    const before = bytesHeld();
    for (let index = 0; index < COUNT; index++) {
      const event = alert("00000000000000aa", index);
      await bus.publish("alerts", event.fingerprint, { ...event, annotations: [{ name: "text", value: text }] });
    }
    await until(() => subscription.lag() === COUNT && subscription.oldestAgeMs() > 300);
    expect(bytesHeld() - before).toBeLessThan((COUNT * text.length) / 3);
    gate.resolve();
    await until(() => handled === COUNT);
    expect(subscription.oldestAgeMs()).toBe(0);
  });

  test("a position moves only past finished work: after a kill, what was not finished comes again", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const child = world.child({ does: "work", group: "g", exclusive: true, concurrency: 4, on: { stuck: "never" } });
    await child.line((line) => line === "active");
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "early"));
    await child.line((line) => line.startsWith("done early"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "2", "stuck"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "3", "behind it"));
    await child.line((line) => line.startsWith("begin stuck"));
    await child.kill("SIGKILL");
    const seen: string[] = [];
    await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), ALONE);
    await until(() => seen.includes("behind it"));
    expect(seen.filter((because) => because !== "early")).toEqual(["stuck", "behind it"]);
  });

  test("what a member acknowledged before it was closed does not come again", async () => {
    await using world = await newWorld();
    const first = await world.open();
    const seen: string[] = [];
    await first.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), ALONE);
    await first.publish("incidents", incidentNamed("a"), incident("a", "1", "one"));
    await until(() => seen.length === 1);
    await first[Symbol.asyncDispose]();
    const second = await world.open();
    await second.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), ALONE);
    await second.publish("incidents", incidentNamed("a"), incident("a", "2", "two"));
    await until(() => seen.length > 1);
    expect(seen).toEqual(["one", "two"]);
  });
}

/** Bytes of buffers that are still in use. */
function bytesHeld(): number {
  setFlagsFromString("--expose_gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  return process.memoryUsage().arrayBuffers;
}
