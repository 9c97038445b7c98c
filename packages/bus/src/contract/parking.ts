import type { DeadLetter } from "@holdfast/schemas";
import { expect, test } from "vitest";
import type { Bus, SubscribeOptions } from "../port.ts";
import { execution, garbling, incident, incidentNamed, unsigned } from "./events.ts";
import { until, type NewWorld } from "./world.ts";

const HOLD: SubscribeOptions = { concurrency: 4, exclusive: true, parked: "hold-key" };
const GO_ON: SubscribeOptions = { ...HOLD, parked: "go-on" };

export function parking(newWorld: NewWorld): void {
  test("a poisoned incident is parked byte for byte, its later records follow it, and no other waits", async () => {
    await using world = await newWorld();
    const [bus, poisoner] = [await world.open(), await world.open({ codec: garbling(world.codec) })];
    const letters = lettersOn(bus);
    const seen: string[] = [];
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "a1"));
    const poison = await poisoner.publish("incidents", incidentNamed("a"), incident("a", "2", "a2"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "3", "a3"));
    await bus.publish("incidents", incidentNamed("b"), incident("b", "1", "b1"));
    await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), HOLD);
    await until(() => seen.length === 2 && letters.length === 2);
    expect(seen.toSorted()).toEqual(["a1", "b1"]);
    expect(letters).toMatchObject([
      {
        errorClass: "undecodable",
        group: "g",
        topic: "incidents",
        partition: poison.partition,
        offset: poison.offset,
        time: poison.time,
      },
      { errorClass: "held", offset: poison.offset + 1 },
    ]);
    expect(letters[0]?.key.toString()).toBe(incidentNamed("a"));
    expect(letters[0]?.value?.equals(poison.value)).toBe(true);
    expect(letters[0]?.headers.map(({ name }) => name)).toContain("ce_id");
  });

  test("what is held is still held after a restart", async () => {
    await using world = await newWorld();
    const [first, poisoner] = [await world.open(), await world.open({ codec: garbling(world.codec) })];
    await poisoner.publish("incidents", incidentNamed("a"), incident("a", "1"));
    await first.subscribe(["incidents"], "g", async () => undefined, HOLD);
    await until(async () => (await first.stats()).groups[0]?.lag === 0 && (await first.stats()).deadLetters === 1);
    await first[Symbol.asyncDispose]();

    const second = await world.open();
    const [letters, seen]: [readonly DeadLetter[], string[]] = [lettersOn(second), []];
    await second.publish("incidents", incidentNamed("a"), incident("a", "2", "a2"));
    await second.publish("incidents", incidentNamed("b"), incident("b", "1", "b1"));
    await second.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), HOLD);
    await until(() => letters.length === 2 && seen.length === 1);
    expect(seen).toEqual(["b1"]);
    expect(letters[1]?.errorClass).toBe("held");
  });

  test("where parked records let others go on, later records of the same key are handled", async () => {
    await using world = await newWorld();
    const [bus, poisoner] = [await world.open(), await world.open({ codec: garbling(world.codec) })];
    const seen: string[] = [];
    await poisoner.publish("incidents", incidentNamed("a"), incident("a", "1"));
    await bus.publish("incidents", incidentNamed("a"), incident("a", "2", "a2"));
    await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), GO_ON);
    await until(async () => seen.length === 1 && (await bus.stats()).deadLetters === 1);
    expect(seen).toEqual(["a2"]);
    expect((await bus.stats()).parked).toBe(1);
  });

  test("a poisoned record that is too large for a dead letter is named there by its place", async () => {
    await using world = await newWorld();
    const huge = { ...world.codec, write: () => ({ id: "huge", value: Buffer.alloc(1_100_000), headers: [] }) };
    const [bus, poisoner] = [await world.open(), await world.open({ codec: huge })];
    const letters = lettersOn(bus);
    const { partition } = await poisoner.publish("incidents", incidentNamed("a"), incident("a", "1"));
    await bus.subscribe(["incidents"], "g", async () => undefined, GO_ON);
    await until(() => letters.length === 1);
    expect(letters[0]).toMatchObject({ value: null, partition, offset: 0 });
    expect(letters[0]?.error).toContain(`it stands at incidents/${partition}/0`);
  });

  test("an unsigned record on a signed topic is parked and never delivered", async () => {
    await using world = await newWorld();
    const [bus, forger] = [await world.open(), await world.open({ codec: unsigned(world.codec) })];
    const letters = lettersOn(bus);
    const seen: string[] = [];
    await forger.publish("executions", incidentNamed("a"), execution("a", "forged"));
    await bus.publish("executions", incidentNamed("a"), execution("a", "genuine"));
    await bus.subscribe(["executions"], "g", async ({ event }) => void seen.push(event.id), GO_ON);
    await until(() => seen.length === 1 && letters.length === 1);
    expect(seen).toEqual([execution("a", "genuine").id]);
    expect(letters[0]?.errorClass).toBe("unverified");
  });

  test("a genuine record under the key of another incident is parked", async () => {
    await using world = await newWorld();
    const moved = { ...world.codec, write: () => world.codec.write("executions", execution("b", "genuine")) };
    const [bus, mover] = [await world.open(), await world.open({ codec: moved })];
    const letters = lettersOn(bus);
    const seen: string[] = [];
    await mover.publish("executions", incidentNamed("a"), execution("a", "replaced"));
    await bus.subscribe(["executions"], "g", async ({ event }) => void seen.push(event.id), GO_ON);
    await until(() => letters.length === 1);
    expect(letters[0]?.errorClass).toBe("unverified");
    expect(seen).toEqual([]);
  });

  test.each(["exit", "throw"] as const)(
    "a record that ends its process again and again (%s) is parked, and what ran beside it is not",
    async (how) => {
      await using world = await newWorld();
      const bus = await world.open();
      const letters = lettersOn(bus);
      await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "poison"));
      await bus.publish("incidents", incidentNamed("a"), incident("a", "2", "behind it"));
      await bus.publish("incidents", incidentNamed("b"), incident("b", "1", "slow"));
      const role = { does: "work", group: "g", exclusive: true, concurrency: 4, on: { poison: how } } as const;
      for (let crash = 1; crash <= 3; crash++) {
        const child = world.child(role);
        await child.line((line) => line.startsWith("begin poison"));
        await child.ended;
        expect(letters).toEqual([]);
      }
      const last = world.child(role);
      await until(() => letters.length === 2);
      expect(letters).toMatchObject([{ errorClass: "crashed", attempts: 3 }, { errorClass: "held" }]);
      expect(last.lines.some((line) => line.startsWith("begin poison"))).toBe(false);
      const other = world.child({ ...role, on: {} });
      await bus.publish("incidents", incidentNamed("b"), incident("b", "2", "afterwards"));
      await Promise.race([last, other].map((child) => child.line((line) => line.startsWith("done afterwards"))));
    },
    60_000,
  );

  test("a record whose process is killed from outside a few times is handled all the same", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "unlucky"));
    const role = { does: "work", group: "g", exclusive: true, concurrency: 4, on: { unlucky: "kill" } } as const;
    for (let kill = 1; kill <= 3; kill++) {
      const child = world.child(role);
      await child.line((line) => line.startsWith("begin unlucky"));
      await child.ended;
    }
    const child = world.child({ ...role, on: {} });
    await child.line((line) => line.startsWith("done unlucky"));
    expect((await bus.stats()).deadLetters).toBe(0);
  }, 60_000);
}

/** What stands on `dead-letters`, as it comes. */
function lettersOn(bus: Bus): readonly DeadLetter[] {
  const letters: DeadLetter[] = [];
  bus.view(["dead-letters"], ({ event }) => void letters.push(event));
  return letters;
}
