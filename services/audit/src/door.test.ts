import { encode } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { listen } from "@holdfast/service";
import { expect, test } from "vitest";
import { decodedEvent } from "@holdfast/schemas";
import { openDoor, type DoorParts } from "./door.ts";

const letter = sample("dead-letters", "undecodable-bundle");

test("a letter in a letter is not opened, however deep they go", () => {
  const inner = encode("dead-letters", letter);
  const shown = decodedEvent("dead-letters", { ...letter, topic: "dead-letters", value: inner });
  expect(shown).toMatchObject({ topic: "dead-letters", value: inner.toString("base64") });
});

test("what moves a cursor is escaped in what a terminal may print", async () => {
  const [says, hidden] = ["\u009b2J\u202e and a line", /[\u009b\u202e]/];
  const events = { page: () => ({ events: [{ event: { says } }], next: null }) };
  const parts = { events, guard: (_req: unknown, _res: unknown, next: () => void) => next() };
  const place = { host: "127.0.0.1", port: 0, portSetting: "PORT", hostSetting: "HOST" };
  await using door = await listen(openDoor(parts as unknown as DoorParts), place);
  const text = await (await fetch(`${door.url}/v1/events`)).text();
  expect(text).not.toMatch(hidden);
  expect(JSON.parse(text)).toEqual({ events: [{ event: { says } }], next: null });
});
