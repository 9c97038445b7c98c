import { expect, test } from "vitest";
import { openLanes, type Outcome } from "./lanes.ts";

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a key that rests takes no place from the others, and its later items wait for it", async () => {
  const done: string[] = [];
  const lanes = openLanes<string>(1, async (item): Promise<Outcome> => {
    done.push(item);
    return item === "fails" ? { againInMs: 600_000 } : "done";
  });
  lanes.add("a", "fails");
  lanes.add("a", "behind it");
  lanes.add("b", "other");
  await soon();
  expect(done).toEqual(["fails", "other"]);
  lanes.forget(() => true);
});

test("what was forgotten is not begun, and a key can begin anew", async () => {
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const lanes = openLanes<string>(1, async (item): Promise<Outcome> => {
    done.push(item);
    await gate.promise;
    return "done";
  });
  for (const item of ["running", "waiting"]) lanes.add("a", item);
  lanes.add("b", "other");
  lanes.forget(() => true);
  gate.resolve();
  await soon();
  lanes.add("a", "new");
  await soon();
  expect(done).toEqual(["running", "new"]);
});

test("while held nothing begins", async () => {
  const done: string[] = [];
  const lanes = openLanes<string>(4, async (item): Promise<Outcome> => {
    done.push(item);
    return "done";
  });
  lanes.hold();
  lanes.add("a", "one");
  await soon();
  expect(done).toEqual([]);
  lanes.release();
  expect(done).toEqual(["one"]);
});
