import { setTimeout as sleep } from "node:timers/promises";
import { taskOf } from "./child.ts";
import type { ConsumeTask } from "./million-tasks.ts";
import { openAt } from "./places.ts";

const LOOK_MS = 20;

/** Counts what it is given, and says so now and then. */
const { place, every } = taskOf<ConsumeTask>();
await using bus = await openAt(place);
let consumed = 0;
const subscription = await bus.subscribe(
  ["alerts"],
  "million",
  async () => {
    consumed += 1;
    if (consumed % every === 0) process.send?.({ consumed });
  },
  { concurrency: 64, exclusive: true, parked: "go-on" },
);
while (!subscription.active()) await sleep(LOOK_MS);
process.send?.("open");
await new Promise<void>((done) => process.once("SIGTERM", done));
process.disconnect();
