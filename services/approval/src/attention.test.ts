import { expect, test } from "vitest";
import { STATIC_ISSUER, type Person } from "@holdfast/guard";
import { openAttention, type Attention } from "./attention.ts";

const ana: Person = { issuer: STATIC_ISSUER, subject: "ana", name: "Ana", roles: ["oncall"], level: 1 };

function watched(): { readonly attention: Attention; readonly clock: { now: number }; readonly took: string[] } {
  const clock = { now: 0 };
  const took: string[] = [];
  const attention = openAttention(
    [ana],
    () => clock.now,
    (...what) => took.push(what.join(" ")),
  );
  return { attention, clock, took };
}

test("a vote took as long as the person had the proposal before them, from the first time on", () => {
  const { attention, clock, took } = watched();
  attention.shown("p", "ana");
  clock.now = 5_000;
  attention.shown("p", "ana");
  clock.now = 7_000;
  attention.voted({ proposal: "p", person: ana, decision: "approve" });
  expect(took).toEqual(["ana approve 7"]);
});

test("whoever never opened it decided in no time", () => {
  const { attention, took } = watched();
  attention.shown("p", "ben");
  attention.voted({ proposal: "p", person: ana, decision: "approve" });
  expect(took).toEqual(["ana approve 0"]);
});

test("where the door asks nobody for a name, what it showed to anybody counts", () => {
  const { attention, clock, took } = watched();
  attention.shown("p", undefined);
  clock.now = 2_500;
  attention.voted({ proposal: "p", person: ana, decision: "reject" });
  expect(took).toEqual(["ana reject 2.5"]);
});

test("the same vote sent again counts once", () => {
  const { attention, took } = watched();
  for (let times = 0; times < 2; times += 1) attention.voted({ proposal: "p", person: ana, decision: "approve" });
  expect(took).toHaveLength(1);
});

test("a person that the list does not name is counted as other", () => {
  const { attention, took } = watched();
  attention.voted({ proposal: "p", person: { ...ana, subject: "x-1f9" }, decision: "approve" });
  expect(took).toEqual(["other approve 0"]);
});
