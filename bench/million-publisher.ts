import { taskOf } from "./child.ts";
import type { FillTask } from "./million-tasks.ts";
import { openAt } from "./places.ts";
import { benchAlert } from "./records.ts";

/** Publishes so many, and stays until it is told to end: its memory is looked at. */
const { place, records, atOnce } = taskOf<FillTask>();
await using bus = await openAt(place);
process.send?.("open");
let index = 0;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (index < records) {
      const event = benchAlert((index += 1));
      await bus.publish("alerts", event.fingerprint, event);
    }
  }),
);
await new Promise<void>((done) => process.once("SIGTERM", done));
process.disconnect();
