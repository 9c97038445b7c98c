import { expect, test } from "vitest";
import adapter from "./contract/embedded-adapter.ts";
import { incident, incidentNamed } from "./contract/events.ts";
import { openWorld, until } from "./contract/world.ts";
import { openFaulty } from "./faulty.ts";

const NONE = { lose: 0, repeat: 0, delay: 0, delayMsMax: 0, crash: 0 };

test("under every fault, what was published until it resolved is handled, and some of it more than once", async () => {
  await using world = await openWorld(adapter);
  const seed = 7;
  const bus = openFaulty(await world.open(), seed, { lose: 0.3, repeat: 0.2, delay: 0.3, delayMsMax: 5, crash: 0.3 });
  const handled: string[] = [];
  await bus.subscribe(["incidents"], "g", async ({ event }) => void handled.push(event.because), {
    concurrency: 8,
    exclusive: true,
    parked: "hold-key",
  });
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  let failures = 0;
  for (const name of names) {
    for (let isDone = false; !isDone;) {
      try {
        await bus.publish("incidents", incidentNamed(name), incident(name, "1", name));
        isDone = true;
      } catch {
        failures += 1;
      }
    }
  }
  await until(() => names.every((name) => handled.includes(name)));
  expect(failures).toBeGreaterThan(0);
  expect(handled.length).toBeGreaterThan(names.length);
});

test("a lost publish is lost in both ways: not done, and done without an answer", async () => {
  await using world = await openWorld(adapter);
  const real = await world.open();
  const bus = openFaulty(real, 1, { ...NONE, lose: 1 });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      bus.publish("incidents", incidentNamed("a"), incident("a", String(index))),
    ),
  );
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  let found = 0;
  await using view = real.view(["incidents"], () => void (found += 1));
  await view.caughtUp;
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(20);
});

test("without faults it is the bus itself", async () => {
  await using world = await openWorld(adapter);
  const bus = openFaulty(await world.open(), 1, NONE);
  const published = await bus.publish("incidents", incidentNamed("a"), incident("a", "1"));
  expect(published.offset).toBe(0);
});
