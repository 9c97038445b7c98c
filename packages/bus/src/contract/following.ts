import { expect, test } from "vitest";
import type { Raw } from "../port.ts";
import { alert, execution, garbling, incident, incidentNamed, unsigned } from "./events.ts";
import { until, type NewWorld } from "./world.ts";

export function following(newWorld: NewWorld): void {
  test("following hands over every record of every partition in offset order, first what stands and then what comes", async () => {
    await using world = await newWorld();
    const [bus, writer] = [await world.open(), await world.open()];
    const publish = async (step: string): Promise<void> => {
      await Promise.all(
        ["a", "b", "c", "d", "e", "f", "g"].map((name) =>
          writer.publish("incidents", incidentNamed(name), incident(name, step)),
        ),
      );
    };
    await publish("1");
    const seen: Raw[] = [];
    await using following = bus.follow(["incidents", "alerts"], [], async (batch) => void seen.push(...batch));
    await following.caughtUp;
    expect(seen.length).toBe(7);
    await publish("2");
    await until(() => seen.length === 14);
    for (const partition of [0, 1, 2, 3, 4, 5]) {
      const offsets = seen.filter((raw) => raw.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, index) => index));
    }
  });

  test("who follows knows how many records they have not taken to the end", async () => {
    await using world = await newWorld();
    const [bus, writer] = [await world.open(), await world.open()];
    for (const step of ["1", "2", "3"]) await writer.publish("incidents", incidentNamed("a"), incident("a", step));
    const { promise: stuck, resolve: go } = Promise.withResolvers<void>();
    await using following = bus.follow(["incidents"], [], () => stuck);
    expect(await following.behind()).toBe(3);
    go();
    await until(async () => (await following.behind()) === 0);
    await writer.publish("incidents", incidentNamed("a"), incident("a", "4"));
    await until(async () => (await following.behind()) === 0);
  });

  test("following begins at the positions given, and takes what cannot be read as it is", async () => {
    await using world = await newWorld();
    const [bus, poisoner] = [await world.open(), await world.open({ codec: garbling(world.codec) })];
    const first = await bus.publish("incidents", incidentNamed("a"), incident("a", "1"));
    const second = await poisoner.publish("incidents", incidentNamed("a"), incident("a", "2"));
    const seen: Raw[] = [];
    await using following = bus.follow(
      ["incidents"],
      [{ ...first, offset: second.offset }],
      async (batch) => void seen.push(...batch),
    );
    await following.caughtUp;
    expect(seen.map(({ offset, value }) => [offset, value?.toString()])).toEqual([[second.offset, "not a record"]]);
    expect((await bus.stats()).deadLetters).toBe(0);
  });

  test("an error of its callback ends the following, and says so", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1"));
    await using following = bus.follow(["incidents"], [], async () => {
      throw new Error("no room");
    });
    await expect(following.ended).rejects.toThrow("no room");
    await expect(following.caughtUp).rejects.toThrow("no room");
  });

  test("a position beyond the end means that the bus was replaced, and ends the following", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    await using following = bus.follow(
      ["incidents"],
      [{ topic: "incidents", partition: 0, offset: 5 }],
      async () => undefined,
    );
    await expect(following.ended).rejects.toThrow("missing");
  });

  test("a view has caught up with what stood there, and reaches what is published later by anybody", async () => {
    await using world = await newWorld();
    const [bus, writer] = [await world.open(), await world.open()];
    await writer.publish("incidents", incidentNamed("a"), incident("a", "1", "one"));
    const seen: string[] = [];
    await using view = bus.view(["incidents"], ({ event }) => void seen.push(event.because));
    await view.caughtUp;
    expect([view.isCaughtUp(), seen]).toEqual([true, ["one"]]);
    const later = await writer.publish("incidents", incidentNamed("b"), incident("b", "1", "two"));
    await view.reached(later);
    expect(seen).toEqual(["one", "two"]);
    await expect(view.reached({ ...later, offset: later.offset + 1 }, AbortSignal.timeout(50))).rejects.toThrow();
    await expect(view.reached({ ...later, topic: "alerts" })).rejects.toThrow("does not read");
  });

  test("an empty view has caught up, and one that is closed lets nobody wait", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const view = bus.view(["incidents"], () => undefined);
    await view.caughtUp;
    const waiting = view.reached({ topic: "incidents", partition: 0, offset: 0, time: 0 });
    await Promise.all([view[Symbol.asyncDispose](), expect(waiting).rejects.toThrow("closed")]);
  });

  test("the first record of an id is the event; later ones are dropped and counted", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const seen: string[] = [];
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "first"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "second body"));
    await using view = bus.view(["incidents"], ({ event }) => void seen.push(event.because));
    await view.caughtUp;
    expect(seen).toEqual(["first"]);
    expect((await bus.stats()).dropped).toEqual({ duplicate: 1, undecodable: 0, unverified: 0 });
  });

  test("what does not verify occupies no id, and what does not decode stops no view", async () => {
    await using world = await newWorld();
    const [bus, forger, poisoner] = [
      await world.open(),
      await world.open({ codec: unsigned(world.codec) }),
      await world.open({ codec: garbling(world.codec) }),
    ];
    const seen: string[] = [];
    await forger.publish("executions", incidentNamed("a"), { ...execution("a", "1"), because: "forged" });
    await poisoner.publish("incidents", incidentNamed("a"), incident("a", "1"));
    await bus.publish("executions", incidentNamed("a"), { ...execution("a", "1"), because: "genuine" });
    await using view = bus.view(["executions", "incidents"], ({ event }) => void seen.push(event.because));
    await view.caughtUp;
    expect(seen).toEqual(["genuine"]);
    expect((await bus.stats()).dropped).toEqual({ duplicate: 0, undecodable: 1, unverified: 1 });
  });

  test("the time of a record is the broker's: it never goes back within a partition, whatever the clocks of the publishers say", async () => {
    await using world = await newWorld();
    const ahead = await world.open({ now: () => 2_000_000 });
    const behind = await world.open({ now: () => 1_000_000 });
    const isGiven = world.clock === "given";
    const from = isGiven ? 2_000_000 : Date.now() - 60_000;
    const one = await ahead.publish("alerts", "00000000000000aa", { ...alert("00000000000000aa", 1), receivedAt: 5 });
    const two = await behind.publish("alerts", "00000000000000aa", { ...alert("00000000000000aa", 2), receivedAt: 6 });
    const until = isGiven ? 2_000_000 : Date.now() + 60_000;
    const order = [from, one.time, two.time, await behind.now(), until];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const times: number[] = [];
    await using view = behind.view(["alerts"], ({ time }) => void times.push(time));
    await view.caughtUp;
    expect(times).toEqual([one.time, two.time]);
  });
}
