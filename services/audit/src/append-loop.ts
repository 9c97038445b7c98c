import { openLog, rawRecords } from "./testing.ts";

/** Appends and publishes for ever, to be killed in the middle of it. */
const [folder = ".", offset = "0"] = process.argv.slice(2);
using log = openLog(folder);
let next = Number(offset);
process.stdout.write("begun\n");
for (;;) {
  const count = 1 + Math.floor(Math.random() * 60);
  log.store.append(rawRecords(count, { offset: next }), Date.now());
  log.publisher.publish();
  next += count;
}
