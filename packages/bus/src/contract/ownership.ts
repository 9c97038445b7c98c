import { expect, test } from "vitest";
import type { SubscribeOptions } from "../port.ts";
import { incident, incidentNamed } from "./events.ts";
import { until, type NewWorld } from "./world.ts";

const ALONE: SubscribeOptions = { concurrency: 4, exclusive: true, parked: "hold-key" };
const SHARED: SubscribeOptions = { ...ALONE, exclusive: false };

export function ownership(newWorld: NewWorld): void {
  test("an exclusive group has one active member; when it closes, the standby goes on where it stopped", async () => {
    await using world = await newWorld();
    const [one, two] = [await world.open(), await world.open()];
    const seen: string[] = [];
    const first = await one.subscribe(
      ["incidents"],
      "g",
      async ({ event }) => void seen.push(`first ${event.because}`),
      ALONE,
    );
    await until(first.active);
    const second = await two.subscribe(
      ["incidents"],
      "g",
      async ({ event }) => void seen.push(`second ${event.because}`),
      ALONE,
    );
    for (const name of ["a", "b", "c", "d"])
      await one.publish("incidents", incidentNamed(name), incident(name, "1", name));
    await until(() => seen.length === 4);
    expect(second.active()).toBe(false);
    await first[Symbol.asyncDispose]();
    await until(second.active);
    await one.publish("incidents", incidentNamed("a"), incident("a", "2", "later"));
    await until(() => seen.length > 4);
    expect(seen.toSorted()).toEqual(["first a", "first b", "first c", "first d", "second later"]);
  });

  test("a standby takes over from a member that was killed, with what that had in hand", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const child = world.child({ does: "work", group: "g", exclusive: true, concurrency: 4, on: { stuck: "never" } });
    await child.line((line) => line === "active");
    const seen: string[] = [];
    const standby = await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), ALONE);
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "stuck"));
    await child.line((line) => line.startsWith("begin stuck"));
    expect(standby.active()).toBe(false);
    await child.kill("SIGKILL");
    await until(() => seen.length === 1, 10_000);
    expect(seen).toEqual(["stuck"]);
  });

  test("a member that slept through its lease is told to stop when it wakes, and stands by", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const child = world.child({ does: "work", group: "g", exclusive: true, concurrency: 4, on: { stuck: "never" } });
    await child.line((line) => line === "active");
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "stuck"));
    await child.line((line) => line.startsWith("begin stuck"));
    child.signal("SIGSTOP");
    const seen: string[] = [];
    await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), ALONE);
    await until(() => seen.length === 1);
    child.signal("SIGCONT");
    await child.line((line) => line.startsWith("aborted stuck"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "2", "later"));
    await until(() => seen.length === 2);
    expect(child.lines.filter((line) => line.includes("later"))).toEqual([]);
  });

  test("members of a shared group divide the keys, and a record is handled by one of them", async () => {
    await using world = await newWorld();
    const [one, two] = [await world.open(), await world.open()];
    const seen: { readonly who: string; readonly key: string }[] = [];
    const first = await one.subscribe(
      ["incidents"],
      "g",
      async ({ key }) => void seen.push({ who: "first", key }),
      SHARED,
    );
    const second = await two.subscribe(
      ["incidents"],
      "g",
      async ({ key }) => void seen.push({ who: "second", key }),
      SHARED,
    );
    await until(() => first.active() && second.active());
    const names = Array.from({ length: 24 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => one.publish("incidents", incidentNamed(name), incident(name, "1"))));
    await until(() => seen.length >= names.length);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(names.length);
    expect(seen.length).toBe(names.length);
    expect(new Set(seen.map(({ who }) => who))).toEqual(new Set(["first", "second"]));

    await second[Symbol.asyncDispose]();
    await Promise.all(names.map((name) => one.publish("incidents", incidentNamed(name), incident(name, "2"))));
    await until(() => seen.length >= names.length * 2);
    expect(seen.slice(names.length).every(({ who }) => who === "first")).toBe(true);
  });

  test("a member gets ready before its first delivery, and again when it comes back", async () => {
    await using world = await newWorld();
    const [one, two] = [await world.open(), await world.open()];
    const told: string[] = [];
    let tries = 0;
    const readying = async (): Promise<void> => {
      if (++tries === 1) throw new Error("not yet");
      await new Promise((resolve) => setTimeout(resolve, 50));
      told.push("ready");
    };
    await one.publish("incidents", incidentNamed("a"), incident("a", "1"));
    const first = await one.subscribe(["incidents"], "g", async () => void told.push("delivered"), {
      ...ALONE,
      onActive: readying,
    });
    await until(() => told.length === 2);
    const second = await two.subscribe(["incidents"], "g", async () => undefined, {
      ...ALONE,
      onActive: async () => void told.push("second ready"),
    });
    await first[Symbol.asyncDispose]();
    await until(second.active);
    await until(() => told.length === 3);
    expect(told).toEqual(["ready", "delivered", "second ready"]);
  });

  test("groups do not know each other: each gets every record", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const seen: string[] = [];
    await bus.subscribe(["incidents"], "g", async () => void seen.push("g"), ALONE);
    await bus.subscribe(["incidents"], "h", async () => void seen.push("h"), SHARED);
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1"));
    await until(() => seen.length >= 2);
    expect(seen.toSorted()).toEqual(["g", "h"]);
  });
}
