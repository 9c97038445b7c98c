import { alert, codecOf, newPems } from "../contract/events.ts";
import { openEmbedded } from "../embedded.ts";

/** Publishes until the disk takes no more, and prints how many were acknowledged and what the bus said then. */
const bus = await openEmbedded({ file: process.argv[2] ?? "", codec: codecOf(newPems()), service: "test" });
const text = "x".repeat(20_000);
let acknowledged = 0;
for (let index = 0; ; index++) {
  try {
    const event = { ...alert("00000000000000aa", index), annotations: [{ name: "text", value: text }] };
    await bus.publish("alerts", event.fingerprint, event);
    acknowledged += 1;
  } catch (error) {
    console.log(`${acknowledged}\n${String(error)}`);
    break;
  }
}
try {
  for (;;) await bus.writable();
} catch (error) {
  console.log(String(error));
}
process.exit(0);
