import { stepId, type DeadLetter } from "@holdfast/schemas";
import { expect, test } from "vitest";
import { openLetters } from "./letters.ts";
import { deadLetter } from "./parking.ts";
import type { Raw } from "./port.ts";

const raw: Raw = { topic: "incidents", partition: 2, offset: 7, time: 1, key: "an incident", value: null, headers: [] };
const fault = { errorClass: "undecodable", why: "a test says so", attempts: 1 } as const;
const letter = deadLetter(raw, { group: "policy", holds: true }, fault, 5);
const release: DeadLetter = { ...letter, id: stepId(letter.id, "release"), kind: "release", letter: letter.id };

function folded(...found: readonly DeadLetter[]): ReturnType<typeof openLetters> {
  const letters = openLetters();
  for (const each of found) letters.fold(each);
  return letters;
}

test("a letter under an id that does not follow from its record is nothing", () => {
  const letters = folded({ ...letter, id: stepId("another", "letter") });
  expect([[...letters.all()], [...letters.holds()]]).toEqual([[], []]);
});

test("a letter that was made after a release has the id that follows from it", () => {
  const again = deadLetter(raw, { group: "policy", holds: true, after: release.id }, fault, 6);
  expect([...folded(again).holds()]).toEqual([]);
  expect(folded(letter, release, again).hold("policy", raw.key)?.letter).toEqual(again);
});

test("a letter that says of its record that nobody holds it, keeps the true one from nothing", () =>
  expect(folded({ ...letter, holds: false }, letter).hold("policy", raw.key)?.letter).toEqual(letter));

test("a letter that is told again in other words does not follow itself", () => {
  const letters = folded(letter, { ...letter, errorClass: "held" }, release);
  expect(letters.resumedBy(release.id)).toEqual([]);
});
