import { expect, test } from "vitest";
import type { Raw } from "../port.ts";
import { alert, incident, incidentNamed } from "./events.ts";
import type { NewWorld } from "./world.ts";

export function durability(newWorld: NewWorld): void {
  test("what was acknowledged is there after the publisher is killed in the middle", async () => {
    await using world = await newWorld();
    const child = world.child({ does: "publish" });
    await child.line((line) => line.startsWith("published") && child.lines.length >= 200);
    await child.kill("SIGKILL");
    const bus = await world.open();
    const found = new Map<string, string>();
    await using following = bus.follow(["alerts"], [], async (batch) => {
      for (const { partition, offset, headers } of batch)
        found.set(`${partition} ${offset}`, headers.find(({ name }) => name === "ce_id")?.value.toString() ?? "");
    });
    await following.caughtUp;
    const acknowledged = child.lines.filter((line) => line.startsWith("published")).map((line) => line.split(" "));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    for (const [, partition, offset, id] of acknowledged) expect(found.get(`${partition} ${offset}`)).toBe(id);
  });

  test("publishing answers with the place, the time and the exact bytes, and a delivery carries the same", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const event = incident("a", "1");
    const published = await bus.publish("incidents", event.incident, event);
    const arrived = Promise.withResolvers<Raw>();
    await bus.subscribe(["incidents"], "g", async (delivery) => arrived.resolve(delivery), {
      concurrency: 1,
      exclusive: true,
      parked: "hold-key",
    });
    const delivery = await arrived.promise;
    expect(delivery).toMatchObject({
      topic: "incidents",
      partition: published.partition,
      offset: 0,
      time: published.time,
      key: incidentNamed("a"),
    });
    expect(delivery.value?.equals(published.value)).toBe(true);
    expect(delivery.headers.map(({ name }) => name)).toContain("ce_id");
  });

  test("offsets are dense from 0, also where several publish at once", async () => {
    await using world = await newWorld();
    const [one, two] = [await world.open(), await world.open()];
    const events = Array.from({ length: 60 }, (_, index) => alert("00000000000000aa", index));
    const places = await Promise.all(
      events.map((event, index) => (index % 2 === 0 ? one : two).publish("alerts", event.fingerprint, event)),
    );
    expect(places.map((place) => place?.offset).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      events.map((_, index) => index),
    );
  });

  test("several processes may begin on a new place at once", async () => {
    await using world = await newWorld();
    const children = [1, 2, 3].map(() => world.child({ does: "publish" }));
    await Promise.all(children.map((child) => child.line((line) => line.startsWith("published"))));
    await Promise.all(children.map((child) => child.kill("SIGKILL")));
    const taken = children.flatMap(({ lines }) => lines.map((line) => line.split(" ").slice(1, 3).join("/")));
    expect(new Set(taken).size).toBe(taken.length);
  });

  test("an event that is not of its schema, or under another key, is refused and nothing is written", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const event = incident("a", "1");
    await expect(
      bus.publish("incidents", event.incident, { ...event, because: 7 as unknown as string }),
    ).rejects.toThrow(TypeError);
    await expect(bus.publish("incidents", "another key", event)).rejects.toThrow("the key that its event names");
    const { offset } = await bus.publish("incidents", event.incident, event);
    expect(offset).toBe(0);
  });

  test("publishing on a closed bus rejects", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    await bus[Symbol.asyncDispose]();
    await expect(bus.publish("alerts", "00000000000000aa", alert("00000000000000aa", 1))).rejects.toThrow("closed");
  });

  test("a bus that can write says so, and a restarted one has what was there", async () => {
    await using world = await newWorld();
    const first = await world.open();
    await first.writable();
    await first.publish("alerts", "00000000000000aa", alert("00000000000000aa", 1));
    await first[Symbol.asyncDispose]();
    const second = await world.open();
    const { offset } = await second.publish("alerts", "00000000000000aa", alert("00000000000000aa", 2));
    expect(offset).toBe(1);
  });
}
