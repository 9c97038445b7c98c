import type { Codec, DeadLetter } from "@holdfast/schemas";
import { expect, test } from "vitest";
import { again } from "../again.ts";
import { deadLetter } from "../parking.ts";
import type { Bus, Raw, SubscribeOptions } from "../port.ts";
import { decision, garbling, incident, incidentNamed, unsigned } from "./events.ts";
import { until, type NewWorld, type World } from "./world.ts";

const HOLD: SubscribeOptions<"incidents"> = { concurrency: 4, exclusive: true, parked: "hold-key" };
const CLOSING: SubscribeOptions<"incidents"> = { ...HOLD, closes: ({ event }) => event.change === "closed" };
const KEY = incidentNamed("a");

export function releasing(newWorld: NewWorld): void {
  test("a release lets go on what had followed, in its order, and what comes later", async () => {
    await using world = await newWorld();
    const { bus, letters, seen } = await held(world, HOLD);
    await say(bus, decision("release", letters[0]));
    await until(() => seen.length === 2);
    await bus.publish("incidents", KEY, incident("a", "4", "a4"));
    await until(() => seen.length === 3);
    expect(seen).toEqual(["a2", "a3", "a4"]);
    expect(letters.length).toBe(3);
  });

  test("a release counts once: after a restart nothing that it let go on comes again, and the key is free", async () => {
    await using world = await newWorld();
    const { bus, letters, seen } = await held(world, HOLD);
    await say(bus, decision("release", letters[0]));
    await until(() => seen.length === 2);
    await until(async () => (await bus.stats()).groups[0]?.lag === 0);
    await bus[Symbol.asyncDispose]();
    const second = await world.open();
    const later: string[] = [];
    await second.publish("incidents", KEY, incident("a", "4", "a4"));
    await second.subscribe(["incidents"], "g", async ({ event }) => void later.push(event.because), HOLD);
    await until(() => later.length > 0);
    expect(later).toEqual(["a4"]);
  });

  test("a release that came while nobody was there is heeded at the next start", async () => {
    await using world = await newWorld();
    const { bus, letters } = await held(world, HOLD);
    await bus[Symbol.asyncDispose]();
    const second = await world.open();
    await say(second, decision("release", letters[0]));
    const seen: string[] = [];
    await second.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), HOLD);
    await until(() => seen.length === 2);
    expect(seen).toEqual(["a2", "a3"]);
  });

  test("of what had followed, a record that cannot be taken either holds what comes behind it once more", async () => {
    await using world = await newWorld();
    const poisoner = await world.open({ codec: garbling(world.codec) });
    const { bus, letters, seen } = await held(world, HOLD, () =>
      poisoner.publish("incidents", KEY, incident("a", "x")),
    );
    await say(bus, decision("release", letters[0]));
    await until(() => letters.length === 7);
    expect(seen).toEqual([]);
    expect(letters.slice(4)).toMatchObject([
      { errorClass: "undecodable", offset: letters[1]?.offset },
      { errorClass: "held", offset: letters[2]?.offset },
      { errorClass: "held", offset: letters[3]?.offset },
    ]);
    await say(bus, decision("release", letters[4]));
    await until(() => seen.length === 2);
    expect(seen).toEqual(["a2", "a3"]);
  });

  test("once its cause is mended, a record that is written again is handled", async () => {
    await using world = await newWorld();
    const blind: Codec = {
      ...world.codec,
      read: (topic, value, headers) =>
        topic === "incidents" && value?.includes("a1") === true
          ? { outcome: "undecodable", why: "of a schema that is not known yet" }
          : world.codec.read(topic, value, headers),
    };
    const bus = await world.open({ codec: blind });
    const letters: DeadLetter[] = [];
    bus.view(["dead-letters"], ({ event }) => void letters.push(event));
    const raw = await first(bus, () => bus.publish("incidents", KEY, incident("a", "1", "a1")));
    await bus.subscribe(["incidents"], "g", async () => undefined, HOLD);
    await until(() => letters.length === 1);
    await say(bus, decision("release", letters[0]));
    await until(async () => letters.length === 2 && (await bus.stats()).groups[0]?.lag === 0);
    await bus[Symbol.asyncDispose]();
    const mended = await world.open();
    const seen: string[] = [];
    await mended.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), HOLD);
    const record = again(raw, letters[0]?.id ?? "");
    if (record !== undefined) await mended.again(record);
    await until(() => seen.length > 0);
    expect(seen).toEqual(["a1"]);
  });

  test("nobody releases without approval's signature", async () => {
    await using world = await newWorld();
    const { bus, letters, seen } = await held(world, HOLD);
    const forger = await world.open({ codec: unsigned(world.codec) });
    await say(forger, decision("release", letters[0]));
    await bus.publish("incidents", KEY, incident("a", "4", "a4"));
    await until(() => letters.length === 4);
    expect(letters[3]?.errorClass).toBe("held");
    expect(seen).toEqual([]);
  });

  test("a letter holds nothing whose record is not there, or has other bytes, or another key", async () => {
    await using world = await newWorld();
    const bus = await world.open();
    const seen: string[] = [];
    const raw = await first(bus, () => bus.publish("incidents", KEY, incident("a", "1", "a1")));
    const fault = { errorClass: "undecodable", why: "so they say", attempts: 1 } as const;
    const lie = (changed: Partial<Raw>): DeadLetter =>
      deadLetter({ ...raw, ...changed }, { group: "g", holds: true }, fault, 0);
    const victim = incidentNamed("b");
    await say(bus, lie({ offset: 1_000_000 }));
    await say(bus, lie({ value: Buffer.from("other bytes") }));
    await say(bus, lie({ headers: [] }));
    await say(bus, lie({ value: null, headers: [] }));
    await say(bus, lie({ key: victim }));
    await bus.publish("incidents", victim, incident("b", "1", "b1"));
    let said = 5;
    const followed = async (): Promise<number> => (await bus.stats()).deadLetters - said;
    await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), HOLD);
    await until(async () => seen.length + (await followed()) === 2);
    expect(await followed()).toBe(0);
    await say(bus, { ...lie({ value: Buffer.from("later") }), id: "another" });
    said += 1;
    await bus.publish("incidents", KEY, incident("a", "2", "a2"));
    await until(async () => seen.length + (await followed()) === 3);
    expect(seen.toSorted()).toEqual(["a1", "a2", "b1"]);
  });

  test("what a person dropped follows into dead letters until it closes; the closing is handled, and the key is free", async () => {
    await using world = await newWorld();
    const { bus, letters, seen } = await held(world, CLOSING);
    await say(bus, decision("drop", letters[0]));
    await bus.publish("incidents", KEY, incident("a", "4", "a4"));
    await until(() => letters.length === 4);
    await bus.publish("incidents", KEY, { ...incident("a", "5", "closing"), change: "closed" });
    await bus.publish("incidents", KEY, incident("a", "6", "a6"));
    await until(() => seen.length === 2);
    expect(seen).toEqual(["closing", "a6"]);
    await bus[Symbol.asyncDispose]();
    const second = await world.open();
    const later: string[] = [];
    await second.publish("incidents", KEY, incident("a", "7", "a7"));
    await second.subscribe(["incidents"], "g", async ({ event }) => void later.push(event.because), CLOSING);
    await until(() => later.includes("a7"));
  });
}

/** A key that a poisoned record holds, and two records that followed it; `poison` may put one of its own between. */
async function held(
  world: World,
  options: SubscribeOptions<"incidents">,
  poison?: () => Promise<unknown>,
): Promise<{ readonly bus: Bus; readonly letters: readonly DeadLetter[]; readonly seen: string[] }> {
  const [bus, poisoner] = [await world.open(), await world.open({ codec: garbling(world.codec) })];
  const looker = await world.open();
  const letters: DeadLetter[] = [];
  const seen: string[] = [];
  looker.view(["dead-letters"], ({ event }) => void (event.kind === "parked" && letters.push(event)));
  await poisoner.publish("incidents", KEY, incident("a", "1"));
  await poison?.();
  await bus.publish("incidents", KEY, incident("a", "2", "a2"));
  await bus.publish("incidents", KEY, incident("a", "3", "a3"));
  await bus.subscribe(["incidents"], "g", async ({ event }) => void seen.push(event.because), options);
  await until(() => letters.length === (poison === undefined ? 3 : 4));
  return { bus, letters, seen };
}

async function say(bus: Bus, event: DeadLetter): Promise<void> {
  await bus.publish("dead-letters", event.key.toString(), event);
}

async function first(bus: Bus, publish: () => ReturnType<Bus["publish"]>): Promise<Raw> {
  const [raw] = await bus.recordsAt([await publish()]);
  if (raw === undefined) throw new Error("what was published is not there");
  return raw;
}
