import { taskOf } from "./child.ts";
import { openAt, type Place } from "./places.ts";
import { usedBy } from "./processes.ts";
import type { Rebuilt } from "./million-tasks.ts";

/** Folds everything that stands on the topic, once. */
await using bus = await openAt(taskOf<Place>());
let records = 0;
const start = performance.now();
const view = bus.view(["alerts"], () => void (records += 1));
await view.caughtUp;
const seconds = (performance.now() - start) / 1000;
process.send?.({ records, seconds, rssMiB: usedBy(process.pid).rssMiB } satisfies Rebuilt);
await new Promise<void>((done) => process.once("SIGTERM", done));
process.disconnect();
